package validate

import (
	"regexp"
	"time"

	"github.com/dlclark/regexp2"
)

// patternTimeout bounds one match of a pattern with look-around, which may take
// exponential time.
const patternTimeout = 250 * time.Millisecond

// matcher says whether a text matches a pattern.
type matcher interface {
	MatchString(text string) bool
}

// allowedPattern compiles the AllowedPattern of a parameter, a regular expression of
// Java that has to match the whole value. It is nil for one that is not understood
// here: that restricts nothing, which only adds possible values.
func allowedPattern(pattern string) matcher {
	if unescaped := escape.ReplaceAllString(pattern, ""); nestedClass.MatchString(unescaped) {
		return nil
	}
	if re, err := regexp.Compile(`^(?:` + pattern + `)$`); err == nil {
		return re
	}
	re, err := regexp2.Compile(`^(?:`+pattern+`)\z`, regexp2.None)
	if err != nil {
		return nil
	}
	re.MatchTimeout = patternTimeout
	return lookAround{re}
}

var (
	escape = regexp.MustCompile(`\\.`)
	// nestedClass finds unions and intersections of classes, which only Java has.
	nestedClass = regexp.MustCompile(`\[[^\]]*(\[|&&)`)
)

type lookAround struct{ re *regexp2.Regexp }

// MatchString is true for a text that takes too long: it may be possible.
func (l lookAround) MatchString(text string) bool {
	ok, err := l.re.MatchString(text)
	return ok || err != nil
}
