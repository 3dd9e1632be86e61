package validate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/fixture"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func judge(t *testing.T, v *validate.Validator, tmpl *template.Template) *validate.Result {
	t.Helper()
	result, err := v.Validate(context.Background(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range result.Problems {
		t.Errorf("problem: %s", p)
	}
	return result
}

// TestFixtures judges every rule's own templates: fail_* has a finding of the
// rule that fails or may fail, pass_* has none. Every rule has both.
func TestFixtures(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	v := validate.New(set, validate.Options{})
	policy := fixture.Policy{FS: os.DirFS("../rules/policy")}
	fixtures, problems, err := policy.Find(set)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[*rules.Rule]map[bool]int{}
	for _, f := range fixtures {
		if counts[f.Rule] == nil {
			counts[f.Rule] = map[bool]int{}
		}
		counts[f.Rule][f.Fails]++
		found, err := policy.Judge(t.Context(), v, &f)
		if err != nil {
			t.Fatal(err)
		}
		problems = append(problems, found...)
	}
	for _, p := range problems {
		t.Errorf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	for _, r := range set.Rules() {
		if counts[r][true] == 0 || counts[r][false] == 0 {
			t.Errorf("%s has %d failing and %d passing fixtures", r.ID, counts[r][true], counts[r][false])
		}
	}
}

// findings describes what was found without places in the source.
func findings(result *validate.Result) []string {
	out := make([]string, 0, len(result.Findings))
	for _, f := range result.Findings {
		line := f.ID + " " + f.Rule.ID + " " + string(f.Status) + " " + f.Resource + " " + f.Path.String() + " " + f.Message
		for _, s := range f.When {
			line += " when " + s.String()
		}
		for _, a := range f.Witness {
			line += " witness " + a.String()
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func yamlDocument(t *testing.T, file string) *yaml.Node {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	return &doc
}

func reload(t *testing.T, file string, doc *yaml.Node) *template.Template {
	t.Helper()
	src, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load(file, src, template.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return tmpl
}

// properties calls f for every Properties mapping of the resources.
func properties(doc *yaml.Node, f func(*yaml.Node)) {
	resources := yamlEntry(doc.Content[0], "Resources")
	for i := 1; i < len(resources.Content); i += 2 {
		if p := yamlEntry(resources.Content[i], "Properties"); p != nil {
			f(p)
		}
	}
}

func yamlEntry(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// TestScalarsAsStrings writes every boolean and number of every fixture as
// text, the way CloudFormation sends them, and expects the same findings.
func TestScalarsAsStrings(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{})
	rewritten := 0
	for _, file := range fixtures(t) {
		doc := yamlDocument(t, file)
		var quote func(n *yaml.Node)
		quote = func(n *yaml.Node) {
			if n.Kind == yaml.ScalarNode && (n.Tag == "!!bool" || n.Tag == "!!int" || n.Tag == "!!float") {
				n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
				rewritten++
			}
			if n.Tag == "!Select" || n.Tag == "!Cidr" {
				return
			}
			for _, c := range n.Content {
				quote(c)
			}
		}
		properties(doc, quote)
		typed, quoted := findings(judge(t, v, load(t, file))), findings(judge(t, v, reload(t, file, doc)))
		if !slices.Equal(typed, quoted) {
			t.Errorf("%s:\n typed  %q\n quoted %q", file, typed, quoted)
		}
	}
	if rewritten < 200 {
		t.Errorf("only %d scalars were rewritten", rewritten)
	}
}

// TestAsJSON writes every fixture as JSON, keys in another order, and expects
// the same findings.
func TestAsJSON(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{})
	for _, file := range fixtures(t) {
		tree := long(yamlDocument(t, file).Content[0])
		src, err := json.MarshalIndent(tree, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		tmpl, err := template.Load(file+".json", src, template.Options{})
		if err != nil {
			t.Errorf("%v\n%s", err, src)
			continue
		}
		yaml, json := findings(judge(t, v, load(t, file))), findings(judge(t, v, tmpl))
		if !slices.Equal(yaml, json) {
			t.Errorf("%s:\n yaml %q\n json %q", file, yaml, json)
		}
	}
}

// long converts a node to JSON values, short tags to long forms.
func long(n *yaml.Node) any {
	plain := *n
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		plain.Tag = ""
		name := "Fn::" + n.Tag[1:]
		if n.Tag == "!Ref" || n.Tag == "!Condition" {
			name = n.Tag[1:]
		}
		var arg any = n.Value
		if n.Kind != yaml.ScalarNode {
			arg = long(&plain)
		}
		if id, attribute, ok := strings.Cut(n.Value, "."); ok && name == "Fn::GetAtt" {
			arg = []any{id, attribute}
		}
		return map[string]any{name: arg}
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = long(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, long(c))
		}
		return out
	default:
		switch n.ShortTag() {
		case "!!bool":
			return n.Value == "true"
		case "!!int", "!!float":
			return json.Number(n.Value)
		}
		return n.Value
	}
}

// TestMetamorphic changes fixtures in ways that mean nothing and expects the
// same findings.
func TestMetamorphic(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{})
	scalar := func(tag, value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value} }
	for _, file := range fixtures(t) {
		want := findings(judge(t, v, load(t, file)))

		unrelated := yamlDocument(t, file)
		resources := yamlEntry(unrelated.Content[0], "Resources")
		resources.Content = append(resources.Content, scalar("!!str", "UnrelatedHandle"),
			&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("!!str", "Type"), scalar("!!str", "AWS::CloudFormation::WaitConditionHandle")}})
		if got := findings(judge(t, v, reload(t, file, unrelated))); !slices.Equal(want, got) {
			t.Errorf("%s with an unrelated resource:\n was %q\n is  %q", file, want, got)
		}

		wrapped := yamlDocument(t, file)
		root := wrapped.Content[0]
		conditions := yamlEntry(root, "Conditions")
		if conditions == nil {
			conditions = &yaml.Node{Kind: yaml.MappingNode}
			root.Content = append(root.Content, scalar("!!str", "Conditions"), conditions)
		}
		never := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!Equals", Content: []*yaml.Node{scalar("!!str", "a"), scalar("!!str", "b")}}
		conditions.Content = append(conditions.Content, scalar("!!str", "MetamorphicNever"), never)
		properties(wrapped, func(p *yaml.Node) {
			for i := 1; i < len(p.Content); i += 2 {
				same := p.Content[i]
				p.Content[i] = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!If", Content: []*yaml.Node{scalar("!!str", "MetamorphicNever"), same, same}}
			}
		})
		var out bytes.Buffer
		if err := yaml.NewEncoder(&out).Encode(wrapped); err != nil {
			t.Fatal(err)
		}
		tmpl, err := template.Load(file, out.Bytes(), template.Options{})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got := findings(judge(t, v, tmpl)); !slices.Equal(want, got) {
			t.Errorf("%s with literals in Fn::If:\n was %q\n is  %q", file, want, got)
		}
	}
}

// TestRenamed gives every resource another logical id: the findings are the same
// but for the ids.
func TestRenamed(t *testing.T) {
	t.Parallel()
	const mark = "Renamed"
	v := validate.New(embedded(t), validate.Options{})
	for _, file := range fixtures(t) {
		want := withoutIDs(findings(judge(t, v, load(t, file))))
		doc := yamlDocument(t, file)
		resources := yamlEntry(doc.Content[0], "Resources")
		var names []string
		for i := 0; i < len(resources.Content); i += 2 {
			if name := resources.Content[i].Value; !strings.HasPrefix(name, "Fn::") {
				names = append(names, name)
				resources.Content[i].Value = mark + name
			}
		}
		eachValue(doc.Content[0], func(n *yaml.Node) {
			for _, name := range names {
				if n.Value == name || strings.HasPrefix(n.Value, name+".") {
					n.Value = mark + n.Value
					return
				}
				n.Value = strings.NewReplacer("${"+name+"}", "${"+mark+name+"}", "${"+name+".", "${"+mark+name+".").Replace(n.Value)
			}
		})
		got := withoutIDs(findings(judge(t, v, reload(t, file, doc))))
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], mark, "")
		}
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s with other logical ids:\n was %q\n is  %q", file, want, got)
		}
	}
}

// TestKeyOrder writes the keys of every mapping in the opposite order.
func TestKeyOrder(t *testing.T) {
	t.Parallel()
	v := validate.New(embedded(t), validate.Options{})
	for _, file := range fixtures(t) {
		want := findings(judge(t, v, load(t, file)))
		doc := yamlDocument(t, file)
		reverseKeys(doc)
		if got := findings(judge(t, v, reload(t, file, doc))); !slices.Equal(want, got) {
			t.Errorf("%s with keys in the opposite order:\n was %q\n is  %q", file, want, got)
		}
	}
}

// withoutIDs leaves out the fingerprints, of which logical ids are a part.
func withoutIDs(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		_, out[i], _ = strings.Cut(line, " ")
	}
	slices.Sort(out)
	return out
}

// eachValue calls f for every scalar that is no key.
func eachValue(n *yaml.Node, f func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		f(n)
	}
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			eachValue(child, f)
		}
	}
}

func reverseKeys(n *yaml.Node) {
	for _, child := range n.Content {
		reverseKeys(child)
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	var out []*yaml.Node
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		out = append(out, n.Content[i], n.Content[i+1])
	}
	n.Content = out
}
