package schema

import (
	"strconv"
	"strings"
)

// ScalarKind is the JSON type of a scalar.
type ScalarKind uint8

// The kinds of scalars.
const (
	TextScalar ScalarKind = iota
	BoolScalar
	NumberScalar
)

// maxDigits bounds the length of a number in decimal notation, so that
// "1e999999999" does not become a gigabyte of zeros.
const maxDigits = 400

// Scalar converts a scalar to the type of s. The text of a BoolScalar is
// "true" or "false", that of a NumberScalar a number in JSON syntax.
//
// A number is returned in decimal notation without exponent and without
// superfluous zeros; integers are exact at any size. A number or boolean where
// a string is expected becomes its text. Where nothing is described everything
// becomes text, because CloudFormation may send either form of it. A List
// takes the type of its elements.
//
// When the scalar does not convert, ok is false and kind and text are returned
// as they are.
func (s *Shape) Scalar(kind ScalarKind, text string) (outKind ScalarKind, outText string, ok bool) {
	if s == nil {
		s = anyShape
	}
	switch s.Kind {
	case Any, String:
		if kind == NumberScalar {
			return TextScalar, numberAsText(text), true
		}
		return TextScalar, text, true
	case Number:
		if kind == BoolScalar {
			return kind, text, false
		}
		if n, valid := decimal(strings.TrimSpace(text)); valid {
			return NumberScalar, n, true
		}
		return kind, text, false
	case Bool:
		if kind == BoolScalar {
			return kind, text, true
		}
		if kind == TextScalar && strings.EqualFold(text, "true") {
			return BoolScalar, "true", true
		}
		if kind == TextScalar && strings.EqualFold(text, "false") {
			return BoolScalar, "false", true
		}
		return kind, text, false
	case List:
		return s.Element().Scalar(kind, text)
	default:
		return kind, text, false
	}
}

// numberAsText is the text that CloudFormation makes of a number: 1.50 is
// "1.5", but 8.0 stays "8.0", which matters for version numbers.
func numberAsText(number string) string {
	d, ok := decimal(number)
	if !ok {
		return number
	}
	if strings.Contains(number, ".") && !strings.ContainsAny(number, "eE") && !strings.Contains(d, ".") {
		return d + ".0"
	}
	return d
}

// decimal returns a number in JSON syntax in its one decimal notation, and
// false when text is no such number or has more than maxDigits digits.
func decimal(text string) (string, bool) {
	rest, negative := strings.CutPrefix(text, "-")
	whole, rest := digits(rest)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return "", false
	}
	var fraction string
	if after, found := strings.CutPrefix(rest, "."); found {
		if fraction, rest = digits(after); fraction == "" {
			return "", false
		}
	}
	exponent := 0
	if rest != "" {
		if rest[0] != 'e' && rest[0] != 'E' {
			return "", false
		}
		unsigned := rest[1:]
		if unsigned != "" && (unsigned[0] == '+' || unsigned[0] == '-') {
			unsigned = unsigned[1:]
		}
		if size, tail := digits(unsigned); size == "" || tail != "" {
			return "", false
		}
		// An exponent beyond int is beyond maxDigits too, except for zero.
		exponent, _ = strconv.Atoi(rest[1:])
	}

	all := strings.TrimLeft(whole+fraction, "0")
	point := len(all) - len(fraction)
	all = strings.TrimRight(all, "0")
	if all == "" {
		return "0", true
	}
	if exponent > maxDigits || exponent < -maxDigits {
		return "", false
	}
	point += exponent // digits before the decimal point; may be negative
	if point > maxDigits || len(all)-point > maxDigits {
		return "", false
	}
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	switch {
	case point <= 0:
		b.WriteString("0.")
		b.WriteString(strings.Repeat("0", -point))
		b.WriteString(all)
	case point >= len(all):
		b.WriteString(all)
		b.WriteString(strings.Repeat("0", point-len(all)))
	default:
		b.WriteString(all[:point])
		b.WriteByte('.')
		b.WriteString(all[point:])
	}
	return b.String(), true
}

// digits splits s after its leading decimal digits.
func digits(s string) (leading, rest string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
