package validate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
)

var update = flag.Bool("update", false, "write the expected outputs")

// TestCases judges testdata/cases/*.yaml and compares with the .out beside it.
func TestCases(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{})
	files, err := filepath.Glob("testdata/cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			got := describe(judge(t, v, load(t, file)))
			golden := strings.TrimSuffix(file, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

func describe(r *validate.Result) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%d:%d %s %s %s %s\n", f.Line, f.Col, f.Rule.ID, f.Status, f.Resource, f.Path)
		for _, s := range f.When {
			fmt.Fprintf(&b, "  when %q\n", s)
		}
		for _, s := range f.Possible {
			fmt.Fprintf(&b, "  possible %q\n", s)
		}
		for _, a := range f.Witness {
			fmt.Fprintf(&b, "  witness %s\n", a)
		}
	}
	return b.String()
}

// TestPinnedSSMParameter pins the name of an SSM parameter, whose value stays
// open.
func TestPinnedSSMParameter(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{Parameters: map[string]string{"Network": "/network/other"}})
	result := judge(t, v, load(t, "testdata/cases/ssm.yaml"))
	if len(result.Findings) != 1 || result.Findings[0].Status != rules.Undecided {
		t.Errorf("findings: %s", describe(result))
	}
}

// TestResolve lists the deployments of a resource.
func TestResolve(t *testing.T) {
	t.Parallel()
	tmpl := load(t, "testdata/cases/nested_if.yaml")
	deployments, err := validate.Resolve(tmpl, nil, "Table")
	if err != nil {
		t.Fatal(err)
	}
	encrypted := map[bool]int{}
	for _, d := range deployments {
		spec, _ := d.Properties["SSESpecification"].(map[string]any)
		on, _ := spec["SSEEnabled"].(bool)
		encrypted[on]++
		if _, err := d.Typed(); err != nil {
			t.Error(err)
		}
	}
	if encrypted[false] != 1 || encrypted[true] < 2 {
		t.Errorf("encrypted: %v", encrypted)
	}
	if _, err := validate.Resolve(tmpl, nil, "Tabel"); err == nil {
		t.Error("a resource that does not exist is resolved")
	}
	pinned, err := validate.Resolve(tmpl, map[string]string{"Stage": "test", "Keep": "false"}, "")
	if err != nil || len(pinned) != 1 {
		t.Errorf("%d deployments of pinned parameters, %v", len(pinned), err)
	}
}
