package report

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

// TestNothingIsLost looks for every outcome of every case in every format.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	decode := strings.NewReplacer("&#95;", "_", "&#xA;", "\n", `\n`, "\n")
	for _, name := range caseNames(t) {
		r := reportOf(t, name)
		if name == "odd" {
			continue // written differently in each: the tests below decode
		}
		for _, format := range Formats() {
			got := decode.Replace(written(t, r, format))
			wants := func(what, text string) {
				if !strings.Contains(got, text) {
					t.Errorf("%s as %s has no %s %q", name, format, what, text)
				}
			}
			wants("digest", short(r.Policy.Digest))
			for _, f := range r.ranked() {
				if f.Known != Live && format == "text" {
					wants("count of known findings", "1 finding that baseline.json has")
					continue
				}
				wants("rule", f.Rule)
				wants("resource", f.Resource)
				if f.Status != rules.Waived || format != "text" {
					wants("message", f.Message)
				}
				for _, a := range f.Witness {
					wants("witness", a.Value)
				}
				if f.Waiver != nil {
					wants("waiver", f.Waiver.Reason)
				}
			}
			for _, n := range r.troubles() {
				wants("trouble", strings.Split(strings.ReplaceAll(n.Message, `"`, ""), " ")[0])
			}
			for _, n := range r.remarks() {
				// Some formats have the parts of a remark in fields of their own.
				from := max(strings.Index(n.Message, "waiver"), strings.LastIndex(n.Message, ": ")+1)
				wants("remark", strings.TrimSpace(n.Message[from:]))
			}
			for _, ref := range r.Refused {
				wants("refused file", ref.File)
			}
			for _, n := range r.Summary.NotJudged {
				wants("type that is not judged", n.Type)
			}
			for _, ignored := range r.Ignored {
				wants("ignored file", ignored.File)
			}
		}
	}
}

// many is a report with a number of findings in one template.
func many(t *testing.T, n int) *Report {
	t.Helper()
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  Bucket%d: {Type: AWS::S3::Bucket}\n", i)
	}
	r := reportOf(t, "findings")
	record(t, r, validate.New(r.set, validate.Options{Now: func() time.Time { return r.opts.Now }}), "many.yaml", []byte(b.String()))
	r.Finish()
	return r
}

// TestFormatsAreValidUTF8 gives every format text that is none.
func TestFormatsAreValidUTF8(t *testing.T) {
	t.Parallel()
	r := reportOf(t, "none")
	r.Fail("broken \xff \x00 text")
	r.Finish()
	for _, format := range Formats() {
		if got := written(t, r, format); !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%s: %q", format, got)
		}
	}
}

// TestWritersErrors holds that no format takes a report for written that is not.
func TestWritersErrors(t *testing.T) {
	t.Parallel()
	r := reportOf(t, "findings")
	for _, name := range Formats() {
		f, err := NewFormat(name, Style{})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Write(shortWriter{}, r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type shortWriter struct{}

func (shortWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
