package fix

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// TestReplacement makes one text of another by the change alone.
func TestReplacement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to   string
		start, end template.Pos
		text       string
	}{
		{"a: 1\nb: 2\n", "a: 1\nb: 3\n", template.Pos{Line: 2, Col: 4}, template.Pos{Line: 2, Col: 5}, "3"},
		{"a: 1\n", "a: 1\nb: 2\n", template.Pos{Line: 2, Col: 1}, template.Pos{Line: 2, Col: 1}, "b: 2\n"},
		{"a", "a\nb", template.Pos{Line: 1, Col: 2}, template.Pos{Line: 1, Col: 2}, "\nb"},
		{"x: ä\n", "x: ö\n", template.Pos{Line: 1, Col: 4}, template.Pos{Line: 1, Col: 5}, "ö"},
		{"x: ä1\n", "x: 1\n", template.Pos{Line: 1, Col: 4}, template.Pos{Line: 1, Col: 5}, ""},
		{"aa", "aaa", template.Pos{Line: 1, Col: 3}, template.Pos{Line: 1, Col: 3}, "a"},
	} {
		got := replacement(c.from, c.to)
		if got.Start != c.start || got.End != c.end || got.Text != c.text {
			t.Errorf("%q, %q: %+v", c.from, c.to, got)
		}
		if applied(c.from, got) != c.to {
			t.Errorf("%q becomes %q, want %q", c.from, applied(c.from, got), c.to)
		}
	}
}

// applied puts a suggestion into a text, by lines and characters.
func applied(text string, s Suggestion) string {
	offset := func(p template.Pos) int {
		at := 0
		for range p.Line - 1 {
			at += strings.IndexByte(text[at:], '\n') + 1
		}
		for range p.Col - 1 {
			_, n := utf8.DecodeRuneInString(text[at:])
			at += n
		}
		return at
	}
	return text[:offset(s.Start)] + s.Text + text[offset(s.End):]
}

// TestSuggest makes each fix against the text as it is: applied alone, its
// finding is gone.
func TestSuggest(t *testing.T) {
	t.Parallel()
	const src = "# Größe\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration: {BlockPublicAcls: no, BlockPublicPolicy: true}\n  L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref \"AWS::NoValue\"}}\n"
	v := newValidator(t)
	f := fixer{validator: v, file: "t"}
	judged, err := f.judge(context.Background(), []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Suggest(context.Background(), v, judged, Options{})
	if err != nil || len(got) < 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, s := range got {
		if s.Rule == "LOG_GROUP_RETENTION" {
			t.Errorf("an intrinsic function is replaced: %+v", s)
		}
		after, err := f.judge(context.Background(), []byte(applied(src, s)))
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		if err := f.better(judged, after, target{s.Rule, s.Resource}); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Suggest(ctx, v, judged, Options{}); err == nil {
		t.Error("no error of an ended context")
	}
}
