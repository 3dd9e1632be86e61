package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func TestFrame(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for _, test := range []struct {
		name, src string
		line, col int
		want      frame
	}{
		{"line before", "a:\n  b: 1\n", 2, 6, frame{1, []string{"a:", "  b: 1"}, 5}},
		{"first line", "a: 1", 1, 4, frame{1, []string{"a: 1"}, 3}},
		{"comment before", "# why\na: 1", 2, 1, frame{2, []string{"a: 1"}, 0}},
		{"blank before", "\na: 1", 2, 1, frame{2, []string{"a: 1"}, 0}},
		{"tab", "{\n\t\"a\": 1", 2, 2, frame{1, []string{"{", "    \"a\": 1"}, 4}},
		{"CRLF", "a:\r\n  b: 1\r\n", 2, 3, frame{1, []string{"a:", "  b: 1"}, 2}},
		{"CR", "a:\r  b: 1\r", 2, 3, frame{1, []string{"a:", "  b: 1"}, 2}},
		{"line separator", "a: 1\u2028b: 2", 2, 1, frame{1, []string{"a: 1", "b: 2"}, 0}},
		{"characters, not bytes", "ä: ü", 1, 4, frame{1, []string{"ä: ü"}, 3}},
		{"past the line", "a: 1", 1, 40, frame{1, []string{"a: 1"}, 4}},
		{"past the file", "a: 1", 7, 1, frame{}},
		{"no place", "a: 1", 0, 0, frame{}},
		{"escape", "a: \x1b[31m", 1, 1, frame{1, []string{"a: \uFFFD[31m"}, 0}},
		{"direction", "a: \u202Eb", 1, 1, frame{1, []string{"a: \uFFFDb"}, 0}},
		{"long line", "a: " + long, 1, 4, frame{1, []string{"a: " + long[:frameColumns-4] + "…"}, 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := newLineIndex([]byte(test.src)).frame(test.line, test.col)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(frame{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFrameInLongLine(t *testing.T) {
	t.Parallel()
	src := strings.Repeat("x", 200) + "HERE" + strings.Repeat("y", 200)
	got := newLineIndex([]byte(src)).frame(1, 201)
	line := got.lines[0]
	if n := utf8.RuneCountInString(line); n != frameColumns {
		t.Errorf("%d columns, want %d", n, frameColumns)
	}
	if rest := string([]rune(line)[got.caret:]); !strings.HasPrefix(rest, "HERE") {
		t.Errorf("the caret is at %q", rest)
	}
	if !strings.HasPrefix(line, "…") || !strings.HasSuffix(line, "…") {
		t.Errorf("no ellipsis: %s", line)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain text":  "plain text",
		"two\nlines":  "two lines",
		"\x1b]0;x\a":  "\uFFFD]0;x\uFFFD",
		"a\u202Eb":    "a\uFFFDb",
		"zero\u200Bw": "zero\uFFFDw",
		"ümläut ✓":    "ümläut ✓",
		"half \xc3":   "half \uFFFD",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, name := range Formats() {
		if _, err := NewFormat(name, Style{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := NewFormat("xml", Style{}); err == nil {
		t.Error("there is a format xml")
	}
}

const source = `Parameters:
  A: {Type: String, AllowedValues: ["1", "2", "3", "4", "5", "6", "7", "8"]}
  Cidr: {Type: String}
Conditions:
  C1: !Or [!Equals [!Ref A, "1"], !Equals [!Ref A, "3"]]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !If [C1, fixed, !Ref AWS::NoValue]
  Ingress:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: sg-1, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Cidr}
`

func finished(t *testing.T, opts Options) *Report {
	t.Helper()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load("t.yaml", []byte(source), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := validate.New(set, validate.Options{}).Validate(context.Background(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	opts.Now = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	r := New(set, opts)
	r.Add(res)
	return r
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(*Report)
		want Outcome
	}{
		{"findings", func(*Report) {}, Failed},
		{"refused", func(r *Report) { r.Refuse("x", errors.New("x: gone")) }, NotJudged},
		{"problem", func(r *Report) { r.Fail("nothing matches") }, NotJudged},
		{"ignored", func(r *Report) { r.Ignore("x", "no template") }, Failed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := finished(t, Options{})
			test.do(r)
			r.Finish()
			if r.Summary.Status != test.want {
				t.Errorf("got %s, want %s", r.Summary.Status, test.want)
			}
		})
	}
}

func TestSeverityHidesAndDecidesNothing(t *testing.T) {
	t.Parallel()
	all, some := finished(t, Options{}), finished(t, Options{Least: rules.Critical})
	all.Finish()
	some.Finish()
	if n := len(all.Templates[0].Findings) - len(some.Templates[0].Findings); n != some.Summary.Hidden || n == 0 {
		t.Errorf("%d findings are left out, the summary says %d", n, some.Summary.Hidden)
	}
	if all.Summary.Failing != some.Summary.Failing || some.Summary.Status != Failed {
		t.Error("the outcome depends on what is shown")
	}
}

func TestRefuseKeepsPlaces(t *testing.T) {
	t.Parallel()
	_, err := template.Load("x.yaml", []byte("Resources:\n  A: {Type: AWS::SNS::Topic, Type: AWS::SNS::Topic}\n"), template.Options{})
	r := finished(t, Options{})
	r.Refuse("x.yaml", err)
	if got := r.Refused[0].Errors[0]; got.Line != 2 || got.Column == 0 {
		t.Errorf("got %+v", got)
	}
	r.Refuse("y.yaml", fmt.Errorf("y.yaml: %w", errors.New("gone")))
	if got := r.Refused[1].Errors[0].Message; got != "gone" {
		t.Errorf("got %q", got)
	}
}

// TestText holds lines to the width and colour codes to pairs, and text without
// colour to what it says with.
func TestText(t *testing.T) {
	t.Parallel()
	r := finished(t, Options{Policy: "embedded"})
	r.Refuse("a\x1bb.yaml", errors.New("gone"))
	r.Finish()
	var bare, colored bytes.Buffer
	if err := (Text{}).Write(&bare, r); err != nil {
		t.Fatal(err)
	}
	if err := (Text{Color: true}).Write(&colored, r); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(bare.String()) {
		if n := utf8.RuneCountInString(line); n > columns+1 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(bare.String(), "\x1b") {
		t.Error("an escape sequence without colour")
	}
	if open, reset := strings.Count(colored.String(), "\x1b["), strings.Count(colored.String(), "\x1b[0m"); open != 2*reset {
		t.Errorf("%d codes, %d resets", open, reset)
	}
}

func TestScenariosAreCut(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newPrinter(&b, Text{})
	p.scenarios("when", []string{"A=1", "A=2", "A=3", "A=4", "A=5"}, nil)
	if err := p.w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "  when: A=1\n        or A=2\n        or A=3\n        and 2 more\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
