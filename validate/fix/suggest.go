package fix

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// Suggestion is a fix on its own: what to put in the place of a part of the text.
type Suggestion struct {
	Rule, Resource string
	// Start and End are where the part begins and where what follows it begins.
	Start, End template.Pos
	Text       string
}

// Suggest returns the fixes for a template that was judged, each made against its
// text as it is, and on the same terms as those that Fix makes. Those that cannot
// be made are left out. The error is that of ctx.
func Suggest(ctx context.Context, v *validate.Validator, judged *validate.Result, opts Options) ([]Suggestion, error) {
	f := fixer{validator: v, file: judged.Template.File, opts: opts.Template}
	src := judged.Template.Source
	targets, _ := new(Result).targets(judged, opts.Wanted)
	var out []Suggestion
	for _, t := range targets {
		_, next, _, err := f.change(ctx, src, judged, t)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil || next == nil {
			continue
		}
		s := replacement(string(src), string(next))
		s.Rule, s.Resource = t.rule, t.resource
		out = append(out, s)
	}
	return out, nil
}

// replacement is the shortest single change that makes one text another.
func replacement(from, to string) Suggestion {
	start := 0
	for start < min(len(from), len(to)) && from[start] == to[start] {
		start++
	}
	for start > 0 && start < len(from) && !utf8.RuneStart(from[start]) {
		start--
	}
	same := 0
	for same < min(len(from), len(to))-start && from[len(from)-1-same] == to[len(to)-1-same] {
		same++
	}
	for same > 0 && !utf8.RuneStart(from[len(from)-same]) {
		same--
	}
	end := len(from) - same
	return Suggestion{Start: position(from, start), End: position(from, end), Text: to[start : len(to)-same]}
}

// position is the line and column of an offset.
func position(text string, at int) template.Pos {
	before := text[:at]
	line := strings.LastIndexByte(before, '\n') + 1
	return template.Pos{Line: strings.Count(before, "\n") + 1, Col: utf8.RuneCountInString(before[line:]) + 1}
}
