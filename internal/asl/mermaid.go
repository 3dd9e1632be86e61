package asl

import (
	"fmt"
	"strings"
)

// Mermaid draws a machine as a flowchart of https://mermaid.js.org. The same machine
// gives the same text.
func (m *Machine) Mermaid() string {
	d := &drawing{}
	d.line(`flowchart TD`)
	d.line(`  start(("start")) --> s1`)
	ids := d.states(m, "  ")
	stop := `stop(("end"))`
	for _, name := range m.order() {
		if s := m.States[name]; s != nil && s.End {
			d.line("  %s --> %s", ids[name], stop)
			stop = "stop"
		}
	}
	return d.text.String()
}

// drawing is a text that grows.
type drawing struct {
	text  strings.Builder
	nodes int
}

func (d *drawing) line(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

func (d *drawing) id() string {
	d.nodes++
	return fmt.Sprintf("s%d", d.nodes)
}

// states draws the states of a machine with the ways between them, and returns
// their ids.
func (d *drawing) states(m *Machine, indent string) map[string]string {
	ids := map[string]string{}
	for _, name := range m.order() {
		ids[name] = d.id()
		d.state(m.States[name], name, ids[name], indent)
	}
	for _, name := range m.order() {
		s := m.States[name]
		if s == nil {
			continue
		}
		for _, e := range s.edges() {
			arrow := "-->"
			if e.caught {
				arrow = "-.->"
			}
			if e.label != "" {
				arrow += `|"` + quote(e.label) + `"|`
			}
			d.line("%s%s %s %s", indent, ids[name], arrow, ids[e.to])
		}
	}
	return ids
}

// shapes are what is around the text of a state, by its type.
var shapes = map[string][2]string{
	"Choice": {"{", "}"}, "Succeed": {"([", "])"}, "Fail": {"([", "])"}, "Wait": {"(", ")"}, "Pass": {"(", ")"}, "Task": {"[", "]"},
}

func (d *drawing) state(s *State, name, id, indent string) {
	if s == nil {
		d.line(`%s%s["%s?"]`, indent, id, quote(name))
		return
	}
	lines := []string{name}
	for _, line := range s.about() {
		if line != name { // many a state is named after its function
			lines = append(lines, line)
		}
	}
	for i := range lines {
		lines[i] = quote(lines[i])
	}
	inner := s.inner()
	if len(inner) == 0 {
		shape := shapes[s.Type]
		d.line(`%s%s%s"%s"%s`, indent, id, shape[0], strings.Join(lines, "<br/>"), shape[1])
		return
	}
	// A title of two lines would lie over what is in the box.
	d.line(`%ssubgraph %s["%s"]`, indent, id, strings.Join(lines, ": "))
	for i, m := range inner {
		if len(inner) == 1 {
			d.states(m, indent+"  ")
			continue
		}
		d.line(`%s  subgraph %s["branch %d"]`, indent, d.id(), i+1)
		d.states(m, indent+"    ")
		d.line("%s  end", indent)
	}
	d.line("%send", indent)
}

// about says what a state does, in at most two lines.
func (s *State) about() []string {
	switch s.Type {
	case "Task":
		return s.calls()
	case "Wait":
		for _, v := range []any{s.Seconds, s.SecondsPath} {
			if v != nil && v != "" {
				return []string{fmt.Sprintf("waits %v s", v)}
			}
		}
		for _, v := range []any{s.Timestamp, s.TimestampPath} {
			if v != nil && v != "" {
				return []string{fmt.Sprintf("waits until %v", v)}
			}
		}
	case "Map":
		return s.maps()
	}
	return nil
}

// maps says which items a Map state takes, and how many at once.
func (s *State) maps() []string {
	text := "for each item"
	switch {
	case s.ItemReader != nil:
		text += " of " + service(s.ItemReader.Resource)
	case s.Items != nil:
		text += fmt.Sprintf(" of %v", s.Items)
	case s.ItemsPath != "":
		text += " of " + s.ItemsPath
	}
	if n, ok := s.MaxConcurrency.(float64); s.MaxConcurrency != nil && (!ok || n > 0) {
		text += fmt.Sprintf(", %v at once", s.MaxConcurrency)
	}
	return []string{text}
}

// calls says what a task calls.
func (s *State) calls() []string {
	name, waits := strings.CutSuffix(s.Resource, ".waitForTaskToken")
	what := service(name)
	if what == "lambda:invoke" {
		what = last(fmt.Sprint(s.argument("FunctionName")))
	}
	out := []string{what}
	if waits {
		out = append(out, "waits for the answer")
	}
	return out
}

func (s *State) argument(name string) any {
	for _, v := range []any{s.Parameters, s.Arguments} {
		if m, ok := v.(map[string]any); ok && m[name] != nil {
			return m[name]
		}
	}
	return "lambda:invoke"
}

// service shortens the ARN of an integration or of a function.
func service(arn string) string {
	if _, name, ok := strings.Cut(arn, ":states:::"); ok {
		return strings.TrimPrefix(name, "aws-sdk:")
	}
	return last(arn)
}

// last is the name at the end of an ARN, or that of a substitution.
func last(arn string) string {
	arn = strings.TrimSuffix(strings.TrimPrefix(arn, "${"), "}")
	return arn[strings.LastIndex(arn, ":")+1:]
}

// quote makes a text one that stands between quotation marks.
func quote(text string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\n", " ").Replace(text)
}
