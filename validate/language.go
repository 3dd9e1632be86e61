package validate

import "regexp/syntax"

// maxLanguage bounds how many texts a pattern may match to be treated as a
// list of allowed values.
const maxLanguage = 64

// language lists the texts that a regular expression matches as a whole, when
// they are few: ^(true|false)$ is {true, false}. finite is false otherwise.
func language(pattern string) (texts []string, finite bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	return enumerate(re.Simplify())
}

func enumerate(re *syntax.Regexp) ([]string, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return []string{""}, true
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil, false
		}
		return []string{string(re.Rune)}, true
	case syntax.OpCharClass:
		var out []string
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i+1]-re.Rune[i] >= maxLanguage {
				return nil, false
			}
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				out = append(out, string(r))
			}
		}
		return out, len(out) <= maxLanguage
	case syntax.OpCapture:
		return enumerate(re.Sub[0])
	case syntax.OpQuest:
		out, ok := enumerate(re.Sub[0])
		return append([]string{""}, out...), ok
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			texts, ok := enumerate(sub)
			if out = append(out, texts...); !ok || len(out) > maxLanguage {
				return nil, false
			}
		}
		return out, true
	case syntax.OpConcat:
		out := []string{""}
		for _, sub := range re.Sub {
			texts, ok := enumerate(sub)
			if !ok || len(out)*len(texts) > maxLanguage {
				return nil, false
			}
			next := make([]string, 0, len(out)*len(texts))
			for _, head := range out {
				for _, tail := range texts {
					next = append(next, head+tail)
				}
			}
			out = next
		}
		return out, true
	default:
		return nil, false
	}
}

// sample returns a text that the pattern matches somewhere in, with the least
// repetition; ok is false when none is found.
func sample(pattern string) (text string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	return shortest(re.Simplify()), true
}

func shortest(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return ""
		}
		return string(re.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpAlternate:
		return shortest(re.Sub[0])
	case syntax.OpConcat:
		var out string
		for _, sub := range re.Sub {
			out += shortest(sub)
		}
		return out
	default:
		return ""
	}
}
