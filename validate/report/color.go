package report

import "github.com/fsxns3ap/guardhook/rules"

// paint colours text by SGR codes, or leaves it as it is.
type paint bool

func (p paint) code(sgr, text string) string {
	if !p || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p paint) bold(s string) string     { return p.code("1", s) }
func (p paint) dim(s string) string      { return p.code("2", s) }
func (p paint) label(s string) string    { return p.code("36", s) }
func (p paint) gutter(s string) string   { return p.code("34", s) }
func (p paint) resource(s string) string { return p.code("2", s) }
func (p paint) bad(s string) string      { return p.code("1;31", s) }
func (p paint) good(s string) string     { return p.code("1;32", s) }
func (p paint) caution(s string) string  { return p.code("1;33", s) }

// sgr are the colours of severities.
func sgr(s rules.Severity) string {
	switch s {
	case rules.Critical:
		return "1;97;41"
	case rules.High:
		return "1;31"
	case rules.Medium:
		return "1;33"
	case rules.Low:
		return "1;36"
	}
	return "1;34"
}

func (p paint) severity(s rules.Severity) string {
	if s == rules.Critical && bool(p) {
		return p.code(sgr(s), " "+s.String()+" ")
	}
	return p.code(sgr(s), s.String())
}

func (p paint) mark(s rules.Severity) func(string) string {
	code := sgr(s)
	if s == rules.Critical {
		code = "1;31"
	}
	return func(text string) string { return p.code(code, text) }
}

// level colours the level of a finding by what it does.
func (p paint) level(f *Finding) func(string) string {
	switch {
	case f.Status == rules.Errored:
		return p.bad
	case f.Status == rules.Undecided:
		return func(s string) string { return p.code("35", s) }
	}
	return p.dim
}
