package guard

import (
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
		slow          bool
	}{
		{`abc`, "xabcx", true, false},
		{`^abc$`, "abc\n", false, false},
		{`^abc$(?!x)`, "abc\n", false, true},
		{`(?m)^abc$`, "x\nabc\ny", true, false},
		{`(?m:^b$)(?!c)`, "a\nb\nc", true, true},
		{`a.c`, "a\nc", false, false},
		{`(?s)a.c`, "a\nc", true, false},
		{`(?i)ABC`, "abc", true, false},
		{`\d{2,}`, "٣٤", true, false},
		{`^\w+$`, "naïve", true, false},
		{`^\w+$(?!x)`, "naïve", true, true},
		{`\bnaïve\b`, "so naïve!", true, true},
		{`\bplain\b`, "so plain!", true, false},
		{`^\s$`, "\u00a0", true, false},
		{`[^\W\d]`, "9", false, false},
		{`[\D]`, "9", false, false},
		{`\h+`, "beef", true, false},
		{`\H`, "beef", false, false},
		{`\p{Greek}`, "λ", true, false},
		{`\p{Greek}(?!x)`, "λ", true, true},
		{`\PL`, "a", false, false},
		{`[a-c&&b-d]`, "a", false, false},
		{`[a-c&&b-d]`, "b", true, false},
		{`[a-e--[bd]]`, "b", false, false},
		{`[a-e--[bd]]`, "c", true, false},
		{`[a-c~~b-d]`, "b", false, false},
		{`[a-c~~b-d]`, "d", true, false},
		{`[^a-c&&b-d]`, "b", false, false},
		{`[a[b-d]]`, "c", true, false},
		{`[]a]`, "]", true, false},
		{`[a-]`, "-", true, false},
		{`[-a]`, "-", true, false},
		{`[a&&b]`, "a", false, false},
		{`[a&&b](?!c)`, "a", false, true},
		{`a{,2}$`, "aaa", true, false},
		{`^a{,2}$`, "aaa", false, false},
		{`a{`, "a{", true, false},
		{`a}`, "a}", true, false},
		{`]`, "]", true, false},
		{`x#y`, "x#y", true, false},
		{`(?x) a # comment
			b`, "ab", true, false},
		{`(?x)[a b]`, " ", false, false},
		{`(?P<n>a)(?P=n)`, "aa", true, true},
		{`(?<n>a)\k<n>`, "ab", false, true},
		{`(a)(?(1)b|c)`, "ab", true, true},
		{`(?<!a)b`, "ab", false, true},
		{`(?<=a|bc)d`, "bcd", true, true},
		{`a*+a`, "aaa", false, true},
		{`(?>a*)b`, "aab", true, true},
		{`\Aab\z`, "ab", true, false},
		{`a\Kb`, "ab", true, false},
		{`\x61\x{62}\u0063\U00000064`, "abcd", true, false},
		{`\t\n\r\f\v\a\e`, "\t\n\r\f\v\a\x1b", true, false},
		{`\.\/\-\#\ `, "./-# ", true, false},
		{`\0|a`, "a", true, false},
		{`\0`, "\x00", false, false},
		{`(?U)a+?`, "a", true, false},
		{`(?u)a`, "a", true, false},
		{`a{1001}`, strings.Repeat("a", 1001), true, true},
		{``, "anything", true, false},
	} {
		p, err := compilePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		got, err := p.match(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s on %q: want %v, got %v, %v", c.pattern, c.text, c.want, got, err)
		}
		if slow := p.linear == nil || p.words && !isASCII(c.text); slow != c.slow {
			t.Errorf("%s: backtracking is %v", c.pattern, slow)
		}
	}
}

func TestPatternErrors(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		`(`, `)`, `[`, `[a`, `a**`, `*a`, `a{2}{3}`, `\`, `\Z`, `\Qa\E`, `\R`, `\q`, `\<`, `\é`,
		`\1`, `(a)\2`, `\k<n>`, `(?P=n)`, `(?<n`, `(?<>a)`, `(?#a`, `(?(1)a)`, `(?z)a`, `(?i`, `(?-u)a`,
		`(?U)a(?=b)`, `(?<=a*)b`, `(?<=a?)b`, `(?<=a{1,2})b`, `\x6`, `\x{110000}`, `\x{6`, `\ud800`,
		`\p`, `\p{Nope}`, `\p{L`, `[\q]`, `[\p{Nope}]`, `[[:nope:]]`, `[z-a]`, `[[:alpha:]`, `[\`, `[\b]`,
	} {
		if _, err := compilePattern(pattern); err == nil {
			t.Errorf("accepted: %s", pattern)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, text, template, want string }{
		{`o`, "foo", "0", "00"},
		{`(o)`, "foo", "<$1>", "<o><o>"},
		{`(?P<n>f)`, "foo", "${n}$n-$nx$$", "ff-$"},
		{`f`, "foo", "$1a ${2} ${ $", " " + " ${ $"},
		{`(f)(?=o)`, "foo", "[$1]", "[f]"},
		{`(?<n>o)(?!o)`, "foo", "[${n}${m}$2]", "[o]"},
		{`z`, "foo", "x", ""},
	} {
		p, err := compilePattern(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.expand(c.text, c.template); err != nil || got != c.want {
			t.Errorf("%s, %s: want %q, got %q, %v", c.pattern, c.template, c.want, got, err)
		}
	}
	p, err := compilePattern(`a\Kb`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.expand("ab", "x"); err == nil {
		t.Error(`\K accepted`)
	}
}
