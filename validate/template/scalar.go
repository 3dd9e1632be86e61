package template

import (
	"math/big"
	"strings"
)

// plainScalar types an unquoted YAML scalar. CloudFormation reads YAML 1.1 and
// then hands every value on as text, so what counts is the text it makes:
//
//	true True TRUE yes Yes YES on On ON      Bool "true"
//	false False FALSE no No NO off Off OFF   Bool "false"
//	~ null Null NULL and nothing             Null
//	443 -1 0.25 1e3 5.10                     Number, as written
//	+5 .5 5. 1_000 (decimal, not canonical)  Number in canonical form
//	0777 0x1F 0b101 (octal, hex, binary)     Number in decimal, rewritten
//	12:30:45 (base 60)                       Number in decimal, rewritten
//	y n 012345678901 08 .nan .inf            String, as written
//	2012-10-17 and any other date            String, as written
//
// rewritten is true when the value differs from what a reader of the file is
// likely to think, as in an account id that starts with 0.
func plainScalar(s string) (kind Kind, text string, rewritten bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return Null, "", false
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
		return Bool, "true", false
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
		return Bool, "false", false
	}
	if c := s[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return String, s, false
	}
	if isJSONNumber(s) {
		return Number, s, false
	}
	return oddNumber(s)
}

// isJSONNumber reports whether s is a number of the JSON grammar.
func isJSONNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := leadingDigits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if strings.HasPrefix(s, ".") {
		frac := leadingDigits(s[1:])
		if frac == 0 {
			return false
		}
		s = s[1+frac:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		exp := leadingDigits(s)
		return exp > 0 && exp == len(s)
	}
	return s == ""
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// oddNumber types the numbers of YAML 1.1 that JSON does not have.
func oddNumber(s string) (Kind, string, bool) {
	sign, digits := "", strings.ReplaceAll(s, "_", "")
	if digits == "" {
		return String, s, false
	}
	switch digits[0] {
	case '-':
		sign, digits = "-", digits[1:]
	case '+':
		digits = digits[1:]
	}
	if strings.HasPrefix(s, "_") || digits == "" || digits == "." || digits[0] == '-' || digits[0] == '+' {
		return String, s, false
	}
	base, body := 10, digits
	switch {
	case strings.HasPrefix(digits, "0x"):
		base, body = 16, digits[2:]
	case strings.HasPrefix(digits, "0b"):
		base, body = 2, digits[2:]
	case len(digits) > 1 && digits[0] == '0' && leadingDigits(digits) == len(digits):
		base, body = 8, digits[1:]
	case strings.Contains(digits, ":"):
		return sexagesimal(s, sign, digits)
	}
	if base != 10 {
		if body == "" || strings.ContainsAny(body, "+-") {
			return String, s, false
		}
		v, ok := new(big.Int).SetString(body, base)
		if !ok {
			return String, s, false
		}
		return Number, sign + v.String(), true
	}
	if strings.HasPrefix(digits, ".") {
		digits = "0" + digits
	}
	whole := leadingDigits(digits)
	if rest := digits[whole:]; rest == "." || strings.HasPrefix(rest, ".e") || strings.HasPrefix(rest, ".E") {
		digits = digits[:whole] + rest[1:]
	}
	if !isJSONNumber(digits) {
		return String, s, false
	}
	return Number, sign + digits, false
}

// sexagesimal reads 12:30:45: base 60, the first group without leading zero.
func sexagesimal(s, sign, digits string) (Kind, string, bool) {
	total := new(big.Int)
	for i, group := range strings.Split(digits, ":") {
		if group == "" || leadingDigits(group) != len(group) {
			return String, s, false
		}
		if i == 0 && group[0] == '0' || i > 0 && (len(group) > 2 || len(group) == 2 && group[0] > '5') {
			return String, s, false
		}
		v, _ := new(big.Int).SetString(group, 10)
		total.Mul(total, big.NewInt(60)).Add(total, v)
	}
	return Number, sign + total.String(), true
}
