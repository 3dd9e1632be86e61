package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// spelling is another spelling of a key.
type spelling struct {
	style int // index of casings
	key   string
}

// The styles that a lookup tries when a map does not have a key, in this
// order.
var casings = [...]func(string) string{
	func(s string) string { return joined(s, false, "", true) },
	classCase,
	func(s string) string { return separated(s, '-') },
	func(s string) string { return joined(s, true, "", true) },
	func(s string) string { return separated(s, '_') },
	func(s string) string { return joined(s, true, " ", false) },
	func(s string) string { return joined(s, true, "-", true) },
}

// spellings returns what to try for a key, each spelling once, with the first
// style that gives it.
func (t *part) spellings() []spelling {
	t.cases.once.Do(func() {
	styles:
		for i, convert := range casings {
			key := convert(t.name)
			if key == t.name {
				continue
			}
			for _, known := range t.cases.list {
				if known.key == key {
					continue styles
				}
			}
			t.cases.list = append(t.cases.list, spelling{i, key})
		}
	})
	return t.cases.list
}

func toUpper(c rune) rune {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func toLower(c rune) rune {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}

func isAlphanumeric(c rune) bool { return c != '_' && isNameRune(c) }

// trimTail cuts trailing runes that are not letters or digits.
func trimTail(s string) string {
	return strings.TrimRightFunc(s, func(c rune) bool { return !isAlphanumeric(c) })
}

// joined writes the words of s with capital first letters, with a separator
// before each but the first. upper says whether the first word is capitalised
// too, digits whether a digit ends a word.
func joined(s string, upper bool, separator string, digits bool) string {
	var b strings.Builder
	newWord, first, found := upper, true, false
	last := ' '
	for _, c := range trimTail(s) {
		switch {
		case !isAlphanumeric(c):
			newWord = newWord || found
			continue
		case digits && unicode.IsNumber(c):
			newWord = true
			b.WriteRune(c)
		case newWord || unicode.IsLower(last) && unicode.IsUpper(c):
			newWord = false
			if !first {
				b.WriteString(separator)
			}
			first = false
			b.WriteRune(toUpper(c))
		default:
			last = c
			b.WriteRune(toLower(c))
		}
		found = true
	}
	return b.String()
}

// separated writes s in lower case with a separator between its words. A word
// begins at an upper case letter or a digit that has a lower case letter beside
// it; the neighbours are looked up by byte offset, as the reference does, so
// that words after a letter outside of ASCII may be cut elsewhere.
func separated(s string, separator rune) string {
	runes := []rune(s)
	lower := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsLower(runes[i]) }
	var b strings.Builder
	first := true
	for i, c := range trimTail(s) {
		if !isAlphanumeric(c) {
			if !first {
				first = true
				b.WriteRune(separator)
			}
			continue
		}
		if !first && c == toUpper(c) && (lower(i+1) || lower(i-1)) {
			b.WriteRune(separator)
		}
		first = false
		b.WriteRune(toLower(c))
	}
	return b.String()
}

// classCase is Pascal case with the last word in the singular.
func classCase(s string) string {
	pascal := joined(s, true, "", true)
	cut := max(strings.LastIndexFunc(pascal, unicode.IsUpper), 0)
	return pascal[:cut] + singular(pascal[cut:])
}

// endings are the rules for singulars, tried in this order: a stem that the
// word must have before the ending, the ending, and what replaces it. Words
// begin with a capital letter here, so irregular ones never match as a whole.
var endings = [...]struct {
	stems       []string
	ending, new string
}{
	{[]string{"database"}, "s", ""},
	{[]string{"quiz"}, "zes", ""},
	{[]string{"matr"}, "ices", "ix"},
	{[]string{"vert", "ind"}, "ices", "ex"},
	{[]string{"alias", "status"}, "es", ""},
	{[]string{"alias", "status"}, "", ""},
	{[]string{"octop", "vir"}, "us", "us"},
	{[]string{"octop", "vir"}, "i", "us"},
	{[]string{"cris", "test"}, "is", "is"},
	{[]string{"cris", "test"}, "es", "is"},
	{[]string{"shoe"}, "s", ""},
	{[]string{"bus"}, "es", ""},
	{[]string{"bus"}, "", ""},
	{[]string{"m", "l"}, "ice", "ouse"},
	{[]string{"x", "ch", "ss", "sh"}, "es", ""},
	{[]string{"m"}, "ovies", "ovie"},
	{[]string{"s"}, "eries", "eries"},
	{[]string{"qu", "^aeiouy"}, "ies", "y"},
	{[]string{"l", "r"}, "ves", "f"},
	{[]string{"tive", "hive"}, "s", ""},
	{[]string{"^f"}, "ves", "fe"},
	{[]string{"analy", "ba", "diagno", "parenthe", "progno", "synop", "the"}, "sis", "sis"},
	{[]string{"analy", "ba", "diagno", "parenthe", "progno", "synop", "the"}, "ses", "sis"},
	{[]string{"t", "i"}, "a", "um"},
	{[]string{"o"}, "es", ""},
	{[]string{"n"}, "ews", "ews"},
	{[]string{"ss"}, "", ""},
	{[]string{""}, "s", ""},
}

func singular(word string) string {
	for _, e := range endings {
		stem, ok := strings.CutSuffix(word, e.ending)
		if !ok {
			continue
		}
		for _, s := range e.stems {
			if others, ok := strings.CutPrefix(s, "^"); ok {
				last, size := utf8.DecodeLastRuneInString(stem)
				if size > 0 && !strings.ContainsRune(others, last) {
					return stem + e.new
				}
			} else if strings.HasSuffix(stem, s) {
				return stem + e.new
			}
		}
	}
	return word
}
