package parity

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

const stackType = "AWS::CloudFormation::Stack"

// beside finds nested stacks in files beside their parents.
type beside struct{}

func (beside) Child(parent string, stack *template.Resource) (string, []byte, error) {
	name := path.Join(path.Dir(parent), stack.Properties.Get("TemplateURL").Text)
	src, err := os.ReadFile(name)
	return name, src, err
}

// TestNested replays nested stacks as CloudFormation deploys them, as stacks of
// their own with the values that their parents' resources have: the hook has to
// find what validate finds in them below the parent.
func TestNested(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	set, err := rules.Embedded(rules.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for file, deployments := range map[string][]map[string]string{
		"absent": {{}, {"Public": "yes", "Encrypted": "false"}, {"Public": "yes", "Encrypted": "true"}},
		"deep":   {{"Stage": "dev"}, {"Stage": "dev", "Cidr": "0.0.0.0/0"}, {"Stage": "prod"}},
		"names":  {{"Stage": "prod", "AWS::StackName": "prod-stack"}, {"Stage": "prod"}, {"Stage": "test"}},
		"values": {{"Stage": "dev"}, {"Stage": "prod"}, {"Stage": "prod", "AdminCidr": "0.0.0.0/0"}},
	} {
		n := &nestedReplay{t: t, Replayer: New(set, now, func(d Difference) { t.Error(d) })}
		parent := loadFile(t, "../../validate/testdata/nested/"+file+"/parent.yaml")
		for _, given := range deployments {
			values := assignments(parent)[0]
			maps.Copy(values, given)
			n.deployment(parent, values)
		}
		if n.counts.Events == 0 || n.found == 0 {
			t.Errorf("%s: %s, %d findings: nothing was compared", file, n.counts, n.found)
		}
	}
}

// nestedReplay compares the gates on nested stacks.
type nestedReplay struct {
	t *testing.T
	*Replayer
	found int
}

// deployment replays the nested stacks of a template with values of its
// parameters.
func (n *nestedReplay) deployment(parent *template.Template, values map[string]string) {
	n.t.Helper()
	result, err := validate.New(n.set, validate.Options{Parameters: values, Now: n.now, Children: beside{}}).Validate(context.Background(), parent)
	if err != nil {
		n.t.Fatal(err)
	}
	byPath := map[string]*validate.Result{}
	for _, r := range result.Nested {
		if len(r.Problems) > 0 {
			n.t.Fatal(r.Problems)
		}
		byPath[r.StackPath] = r
	}
	n.stacks(parent, values, "", byPath)
}

// stacks replays the nested stacks that are created.
func (n *nestedReplay) stacks(parent *template.Template, values map[string]string, at string, results map[string]*validate.Result) {
	n.t.Helper()
	for _, d := range n.resolved(parent, values) {
		if d.Resource.Type != stackType {
			continue
		}
		file, _, err := beside{}.Child(parent.File, d.Resource)
		if err != nil {
			n.t.Fatal(err)
		}
		child := loadFile(n.t, file)
		passed := emulate.Pseudo()
		for _, p := range child.Parameters {
			if p.Default != nil {
				passed[p.Name] = *p.Default
			}
		}
		if given, ok := d.Properties["Parameters"].(map[string]any); ok {
			for name, value := range given {
				passed[name] = fmt.Sprint(value)
			}
		}
		stack := path.Join(at, d.Resource.ID)
		n.resources(child, passed, results[stack])
		n.stacks(child, passed, stack, results)
	}
}

// resolved are the resources of a stack with final values.
func (n *nestedReplay) resolved(t *template.Template, values map[string]string) []validate.Deployment {
	n.t.Helper()
	list, err := validate.Resolve(t, values, "")
	if err != nil {
		n.t.Fatal(err)
	}
	for i := range list {
		list[i].Properties = emulate.NewCloser(t, values).Properties(list[i].Resource.Type, list[i].Properties)
	}
	return list
}

// resources replays the resources of a nested stack.
func (n *nestedReplay) resources(child *template.Template, values map[string]string, result *validate.Result) {
	n.t.Helper()
	n.scenario, n.file = describe(values), child.File
	alone := *result
	alone.Findings = nil
	for _, f := range result.Findings {
		// The hook does not know the path of stacks.
		f.ID = f.Finding.ID("")
		alone.Findings = append(alone.Findings, f)
	}
	for _, d := range n.resolved(child, values) {
		want := expected(n.set, &alone, d.Resource.ID)
		n.found += len(want)
		for _, e := range resourceEvents(maps.Clone(values), &d) {
			if err := n.resource(context.Background(), &e, want, nil); err != nil {
				n.t.Fatal(err)
			}
		}
	}
}

func loadFile(t *testing.T, file string) *template.Template {
	t.Helper()
	var out *template.Template
	src, err := os.ReadFile(file)
	if err == nil {
		out, err = template.Load(file, src, template.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
