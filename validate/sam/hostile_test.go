package sam_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// hostile are values that stand in the place of others.
var hostile = []any{
	nil, "", "x", -1, true,
	[]any{},
	[]any{nil},
	map[string]any{},
	map[string]any{"x": "y"},
	map[string]any{"Ref": "AWS::NoValue"},
	map[string]any{"Ref": "Stage"},
	map[string]any{"Fn::Sub": "${Stage}"},
	map[string]any{"Fn::If": []any{"Production", map[string]any{"Ref": "AWS::NoValue"}, []any{"x"}}},
	map[string]any{"Fn::GetAtt": []any{"Stage", "Arn"}},
}

// perPlace is how many hostile values are tried in one place; the next place has
// the next ones.
const perPlace = 3

// TestHostileValues puts hostile values in the place of each value of the
// serverless resources in testdata, one at a time: whatever loads is expanded
// without a panic, to well-formed resources.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			root := document(t, file)
			resources := root["Resources"].(map[string]any)
			expanded := 0
			for id, r := range resources {
				if !strings.HasPrefix(r.(map[string]any)["Type"].(string), "AWS::Serverless::") {
					continue
				}
				m := &mutation{try: func(path string) { expanded += tryExpand(t, root, id+path) }}
				m.places(r, "", 5)
			}
			if expanded == 0 {
				t.Error("nothing could be loaded")
			}
		})
	}
}

// document is a template as JSON has it.
func document(t *testing.T, file string) map[string]any {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := template.Load(file, src, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root := map[string]any{
		"Transform": "AWS::Serverless-2016-10-31",
		"Parameters": map[string]any{
			"Stage": map[string]any{"Type": "String", "Default": "a"}, "Alias": map[string]any{"Type": "String", "Default": "b"},
			"Gradual": map[string]any{"Type": "String", "Default": "true"}, "IsFifo": map[string]any{"Type": "String"}, "Trace": map[string]any{"Type": "String"},
			"Mode": map[string]any{"Type": "String"}, "Team": map[string]any{"Type": "String"}, "RoleArn": map[string]any{"Type": "String"},
		},
		"Conditions": map[string]any{},
	}
	for _, name := range []string{"Production", "Private", "NoRole", "Test", "Other"} {
		root["Conditions"].(map[string]any)[name] = map[string]any{"Fn::Equals": []any{map[string]any{"Ref": "Stage"}, name}}
	}
	if loaded.Globals != nil {
		root["Globals"] = template.LongForm(loaded.Globals, nil)
	}
	resources := map[string]any{}
	for _, r := range loaded.Resources {
		resources[r.ID] = template.LongForm(r.Node, nil)
	}
	root["Resources"] = resources
	return root
}

// mutation replaces values one at a time.
type mutation struct {
	try  func(path string)
	next int
}

// places calls try for the values in v that are at most so deep, while one is
// replaced.
func (m *mutation) places(v any, path string, depth int) {
	if depth == 0 {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if path == "" && name == "Type" {
				continue
			}
			m.place(v[name], path+"."+name, depth, func(item any) { v[name] = item })
		}
	case []any:
		for i := range v {
			m.place(v[i], path+"[]", depth, func(item any) { v[i] = item })
		}
	}
}

func (m *mutation) place(item any, path string, depth int, set func(any)) {
	for range perPlace {
		set(hostile[m.next%len(hostile)])
		m.next++
		m.try(path)
	}
	set(item)
	m.places(item, path, depth-1)
}

func tryExpand(t *testing.T, root map[string]any, path string) int {
	t.Helper()
	src, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := template.Load("t.json", src, template.Options{})
	if err != nil {
		return 0
	}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v\n%s", path, p, src)
		}
	}()
	expanded, _ := sam.Expand(loaded, nil)
	for _, r := range expanded.Resources {
		unplaced(r.Node, func(n *template.Node) { t.Errorf("%s: %s: %+v is not well-formed", path, r.ID, *n) })
	}
	return 1
}
