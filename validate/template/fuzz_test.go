package template

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzLoad checks that no text makes Load panic or fail without a position,
// and that a YAML template says the same when it is written as JSON.
func FuzzLoad(f *testing.F) {
	for _, folder := range []string{"ok", "err"} {
		for _, file := range files(f, folder) {
			if !strings.Contains(file, "bomb") {
				f.Add(read(f, file))
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		tmpl, err := Load("fuzz", src, Options{})
		if err != nil {
			checkErrors(t, err)
			return
		}
		checkPure(t, tmpl)
		twin, err := Load("twin.json", asJSON(t, src), Options{})
		if err != nil {
			t.Fatalf("as JSON: %v", err)
		}
		if diff := cmp.Diff(dump(tmpl, false), dump(twin, false)); diff != "" {
			t.Errorf("as JSON (-YAML +JSON):\n%s", diff)
		}
	})
}

func checkErrors(t *testing.T, err error) {
	t.Helper()
	var errs Errors
	if !errors.As(err, &errs) || len(errs) == 0 || len(errs) > MaxErrors {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	for i, e := range errs {
		if e.Line < 1 || e.Col < 1 || e.Message == "" || e.File == "" {
			t.Errorf("incomplete error: %+v", *e)
		}
		if i > 0 && e.compare(errs[i-1].Pos) < 0 {
			t.Errorf("not sorted: %v", err)
		}
	}
}

// TestAsJSON compares every good template with its JSON rendering.
func TestAsJSON(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "ok") {
		src := read(t, file)
		want, err := Load(file, src, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load("twin.json", asJSON(t, src), Options{})
		if err != nil {
			t.Errorf("%s as JSON: %v", filepath.Base(file), err)
			continue
		}
		if diff := cmp.Diff(dump(want, false), dump(got, false)); diff != "" {
			t.Errorf("%s as JSON:\n%s", filepath.Base(file), diff)
		}
	}
}

// asJSON renders a readable template as JSON: short tags in their long form,
// aliases and merge keys expanded.
func asJSON(t *testing.T, src []byte) []byte {
	t.Helper()
	text := []byte(strings.TrimPrefix(string(src), "\xEF\xBB\xBF"))
	l := &loader{file: "fuzz", src: newSource(text), t: &Template{}}
	root := l.read()
	if root == nil {
		t.Fatal("not readable")
	}
	var b strings.Builder
	renderJSON(&b, root)
	return []byte(b.String())
}

func renderJSON(b *strings.Builder, n *Node) {
	quote := func(s string) {
		text, _ := json.Marshal(s)
		b.Write(text)
	}
	switch n.Kind {
	case Null:
		b.WriteString("null")
	case Bool, Number:
		b.WriteString(n.Text)
	case String:
		quote(n.Text)
	case List:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			renderJSON(b, item)
		}
		b.WriteByte(']')
	case Map:
		b.WriteByte('{')
		for i, key := range n.Keys {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(key.Name)
			b.WriteByte(':')
			renderJSON(b, n.Items[i])
		}
		b.WriteByte('}')
	case Call:
		b.WriteByte('{')
		quote(n.Fn)
		b.WriteByte(':')
		renderJSON(b, n.Items[0])
		b.WriteByte('}')
	}
}
