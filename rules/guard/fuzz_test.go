package guard_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

func seeds(f *testing.F) []string {
	f.Helper()
	paths, err := filepath.Glob("testdata/*/*.guard")
	if err != nil {
		f.Fatal(err)
	}
	var out []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// FuzzParse: no panic; what parses can be checked, analysed and translated, and what can be formatted
// stays as it is when it is formatted again.
func FuzzParse(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := guard.Parse("r.guard", []byte(text))
		if err != nil {
			return
		}
		file.Check()
		for _, r := range file.Rules {
			if u := file.Usage(r.Name); len(u.Types) > 0 && u.AnyType {
				t.Fatalf("%s is about %v, and about any type", r.Name, u.Types)
			}
		}
		file.Rego("fuzz")
		once, err := guard.Format("r.guard", []byte(text))
		if err != nil {
			return
		}
		twice, err := guard.Format("r.guard", once)
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("formatting is not stable:\n%s\n%s", once, twice)
		}
	})
}

// FuzzEvaluate: no panic and no unbounded time; a second evaluation gives the
// same.
func FuzzEvaluate(f *testing.F) {
	doc, err := os.ReadFile("testdata/verdicts/common.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range seeds(f) {
		f.Add(text, string(doc))
	}
	f.Fuzz(func(t *testing.T, rules, data string) {
		file, err := guard.Parse("r.guard", []byte(rules))
		if err != nil {
			return
		}
		doc, err := guard.Load("d.yaml", []byte(data), guard.Strict)
		if err != nil {
			return
		}
		opts := guard.Options{Steps: 50_000, Now: func() time.Time { return time.Unix(0, 0) }}
		first, err := file.Evaluate(context.Background(), doc, opts)
		if err != nil {
			t.Fatal(err)
		}
		again, err := file.Evaluate(context.Background(), doc, opts)
		if err != nil {
			t.Fatal(err)
		}
		if report(first) != report(again) {
			t.Fatalf("the verdicts change:\n%s\n%s", report(first), report(again))
		}
	})
}

// FuzzLoad: no panic, in both dialects.
func FuzzLoad(f *testing.F) {
	f.Add("a: !Ref b\nc: [1, {d: *x}]")
	f.Add(`{"a": "\/", "b": null}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, dialect := range [...]guard.Dialect{guard.Strict, guard.Core} {
			v, err := guard.Load("d", []byte(text), dialect)
			if err == nil && v.String() == "" {
				t.Fatal("a value without text")
			}
		}
	})
}
