package sam_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// FuzzExpand expands any template that loads. Nothing panics, every generated
// value is well-formed and placed, and no logical id occurs twice.
func FuzzExpand(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		loaded, err := template.Load("t.yaml", src, template.Options{})
		if err != nil {
			return
		}
		expanded, gaps := sam.Expand(loaded, nil)
		for _, g := range gaps {
			if g.Line == 0 || g.Reason == "" {
				t.Errorf("a gap without place or reason: %+v", g)
			}
		}
		seen := map[string]bool{}
		for _, r := range expanded.Resources {
			if seen[r.ID] {
				t.Errorf("there are two resources %s", r.ID)
			}
			seen[r.ID] = true
			unplaced(r.Node, func(n *template.Node) { t.Errorf("%s: %+v has no place", r.ID, *n) })
		}
	})
}
