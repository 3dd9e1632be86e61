package rules

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// guardSet loads a set of files.
func guardSet(t *testing.T, opts Options, files map[string]string) *Set {
	t.Helper()
	contents := map[string][]byte{}
	for name, text := range files {
		contents[name] = []byte(text)
	}
	s, err := LoadFiles("set", contents, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const bucketsGuard = `let buckets = Resources.*[ Type == "AWS::S3::Bucket" ]
rule BUCKET_KMS when %buckets !empty {
    %buckets.Properties.BucketEncryption exists <<Encrypt it>>
    when %buckets.Properties.Tags exists {
        %buckets.Properties.Tags[*].Key != "secret"
    }
}
rule queue_delay {
    AWS::SQS::Queue { when Properties.DelaySeconds exists { Properties.DelaySeconds <= 10 } }
}
`

func TestGuardRules(t *testing.T) {
	t.Parallel()
	s := guardSet(t, Options{}, map[string]string{
		"storage/buckets.guard":            bucketsGuard,
		"storage/tests/buckets_tests.yaml": "[]",
		"top.guard":                        "Resources.*.Properties.Tags exists\n",
		"relations.guard": `let trails = Resources.*[ Type == "AWS::CloudTrail::Trail" ]
let buckets = Resources.*[ Type == "AWS::S3::Bucket" ]
rule has_trail { %trails !empty }
rule logged when %buckets !empty { %buckets.Properties.Log == %trails.Properties.Log }
rule secret when Parameters exists { Parameters.*.NoEcho == true }
rule kept when %buckets !empty { %buckets.DeletionPolicy == "Retain" }
rule suppressible { Resources.*[ Type == "AWS::S3::Bucket" Metadata.guard.off not exists ] { Properties.Log exists } }
`,
		"acme/queue.rego": `# METADATA
# title: Queue
# custom:
#   id: QUEUE
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
package guardhook.acme.queue

deny contains {"path": [], "message": "No."} if input.resource.properties.Bad
`,
	})
	want := map[string]string{
		"BUCKET_KMS":        "storage resource AWS::S3::Bucket",
		"queue_delay":       "storage resource AWS::SQS::Queue",
		"top.guard/default": "guard resource *",
		"has_trail":         "guard template *",
		"logged":            "guard template AWS::CloudTrail::Trail AWS::S3::Bucket",
		"secret":            "guard template *",
		"kept":              "guard template AWS::S3::Bucket",
		"suppressible":      "guard resource AWS::S3::Bucket",
		"QUEUE":             "acme resource AWS::SQS::Queue",
	}
	for _, r := range s.Rules() {
		if got := r.Family + " " + r.Scope + " " + strings.Join(r.ResourceTypes, " "); got != want[r.ID] {
			t.Errorf("%s: %s, want %s", r.ID, got, want[r.ID])
		}
		if r.Kind == KindGuard && (r.Severity != Medium || r.DefaultLevel != Block) {
			t.Errorf("%s: %s, %s", r.ID, r.Severity, r.DefaultLevel)
		}
		if s.Rule(r.ID) != r {
			t.Errorf("%s is not found", r.ID)
		}
		delete(want, r.ID)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if got := s.For("AWS::SQS::Queue"); len(got) != 3 {
		t.Errorf("%d rules for queues", len(got))
	}
}

func TestGuardEvaluate(t *testing.T) {
	t.Parallel()
	s := guardSet(t, Options{}, map[string]string{"buckets.guard": bucketsGuard + `
rule context when HookContext.InvocationPoint == "UPDATE_PRE_PROVISION" {
    Previous exists
    HookContext.TargetLogicalId == "A"
    HookContext.TargetName == "AWS::S3::Bucket"
    HookContext.AWSAccountID == "111122223333"
    Resources.*.Properties.BucketEncryption == Previous.*.Properties.BucketEncryption
}
`})
	evaluate := func(action, resourceType string, properties, previous map[string]any) map[string]string {
		t.Helper()
		findings, err := s.Evaluate(context.Background(), &Target{
			Kind: "RESOURCE", Action: action, Stack: Stack{Account: "111122223333"},
			Resource: &Resource{ID: "A", Type: resourceType, Properties: properties, Previous: previous},
		})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, f := range findings {
			out[f.Rule.ID] += strings.TrimSpace(string(f.Status) + " " + f.Resource + " " + f.Path.String() + ": " + f.Message)
		}
		return out
	}
	for _, c := range []struct {
		name, action, resourceType string
		properties, previous       map[string]any
		want                       map[string]string
	}{
		{"missing", "CREATE", "AWS::S3::Bucket", nil, nil, map[string]string{
			"BUCKET_KMS": "fail A BucketEncryption: Encrypt it (set/buckets.guard:3:5: %buckets[*].Properties.BucketEncryption exists: BucketEncryption does not exist)",
			"context":    "skipped A :",
		}},
		{"passes", "CREATE", "AWS::S3::Bucket", map[string]any{"BucketEncryption": map[string]any{}}, nil, map[string]string{
			"BUCKET_KMS": "pass A :", "context": "skipped A :",
		}},
		{"texts are not shown", "CREATE", "AWS::S3::Bucket", map[string]any{
			"BucketEncryption": "x", "Tags": []any{map[string]any{"Key": "a"}, map[string]any{"Key": "secret"}},
		}, nil, map[string]string{
			"BUCKET_KMS": `fail A Tags.1.Key: set/buckets.guard:5:9: %buckets[*].Properties.Tags[*].Key != "secret": the value is a string`,
			"context":    "skipped A :",
		}},
		{"numbers are", "CREATE", "AWS::SQS::Queue", map[string]any{"DelaySeconds": 20}, nil, map[string]string{
			"queue_delay": "fail A DelaySeconds: set/buckets.guard:9:61: Properties.DelaySeconds <= 10: the value is 20",
			"context":     "skipped A :",
		}},
		{"nothing to judge", "CREATE", "AWS::SQS::Queue", nil, nil, map[string]string{"queue_delay": "skipped A :", "context": "skipped A :"}},
		{
			"update", "UPDATE", "AWS::S3::Bucket",
			map[string]any{"BucketEncryption": 1},
			map[string]any{"BucketEncryption": 1},
			map[string]string{"BUCKET_KMS": "pass A :", "context": "pass A :"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := evaluate(c.action, c.resourceType, c.properties, c.previous)
			for id, want := range c.want {
				if got[id] != want {
					t.Errorf("%s: %s\nwant %s", id, got[id], want)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestGuardTemplateScope(t *testing.T) {
	t.Parallel()
	s := guardSet(t, Options{}, map[string]string{"a.guard": `rule trail { Resources.*[ Type == "AWS::CloudTrail::Trail" ] !empty }
rule kept { Resources.*[ Type == "AWS::S3::Bucket" ] { DeletionPolicy == "Retain" } }
`})
	findings, err := s.Evaluate(context.Background(), &Target{Kind: "STACK", Action: ActionCreate, Template: map[string]*Resource{
		"B": {ID: "B", Type: "AWS::S3::Bucket", DeletionPolicy: "Delete"},
		"C": {ID: "C", Type: "AWS::S3::Bucket", DeletionPolicy: "Retain"},
		"Q": {ID: "Q", Type: "AWS::SQS::Queue"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Rule.ID+" "+string(f.Status)+" "+f.Resource)
	}
	if want := []string{"kept fail B", "trail fail "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGuardLoadErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"undefined": {
			map[string]string{"a.guard": "rule a when %INPUT { b exists }\n", "b.guard": "rule b { %x exists }\nrule c { %x exists }\n"},
			[]string{
				"set/a.guard:1:13: undefined variable %INPUT: there is no variable for the document, paths begin at its root. Remove the condition `when %INPUT`, or write `when Resources exists`",
				"set/b.guard:1:10: undefined variable %x; define it with `let x = ...` (2 times in this file)",
			},
		},
		"no rules": {map[string]string{"a.guard": "# nothing\n"}, []string{"set/a.guard:1:1: the file has no rules"}},
		"syntax":   {map[string]string{"a.guard": "rule a {\n}\n"}, []string{"set/a.guard:2:1: expected a clause"}},
		"twice": {
			map[string]string{"a.guard": "rule a { b exists }\nrule a { c exists }\n", "b.ruleset": "\nrule a { b exists }\n"},
			[]string{"set/b.ruleset:2: rule id a is in set/a.guard:1 already"},
		},
		"in both languages": {map[string]string{"z.guard": "rule QUEUE { b exists }\n", "q/q.rego": `# METADATA
# title: Queue
# custom: {id: QUEUE, severity: HIGH, scope: resource, resource_types: ["AWS::SQS::Queue"]}
package guardhook.acme.queue

deny contains {"path": [], "message": "No."} if input.resource.properties.Bad
`}, []string{"set/z.guard:1: rule id QUEUE is in set/q/q.rego:1 already"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contents := map[string][]byte{}
			for f, text := range c.files {
				contents[f] = []byte(text)
			}
			_, err := LoadFiles("set", contents, Options{})
			var list LoadErrors
			if !errors.As(err, &list) || len(list) != len(c.want) {
				t.Fatalf("%v", err)
			}
			for i, e := range list {
				if !strings.HasPrefix(e.Error(), c.want[i]) {
					t.Errorf("%s, want %s", e, c.want[i])
				}
			}
		})
	}
}

// TestGuardBudget expects that a rule that is too expensive is an error of that
// rule, and that values are in no error.
func TestGuardErrors(t *testing.T) {
	t.Parallel()
	s := guardSet(t, Options{Budget: Budget{Steps: 100, Time: time.Hour}}, map[string]string{"a.guard": `let l = Resources.*.Properties.L[*] rule dear { %l { this in %l } }
rule number { let n = parse_int(Resources.*.Properties.Text) %n > 1 }
rule fine { Resources.*.Properties.Text exists }
`})
	list := make([]any, 200)
	for i := range list {
		list[i] = i
	}
	findings, err := s.Evaluate(context.Background(), &Target{Kind: "RESOURCE", Action: ActionCreate, Resource: &Resource{
		ID: "A", Type: "AWS::SQS::Queue", Properties: map[string]any{"L": list, "Text": "hunter2"},
	}, Template: map[string]*Resource{"A": {ID: "A", Type: "AWS::SQS::Queue", Properties: map[string]any{"L": list}}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range findings {
		got[f.Rule.ID] = string(f.Status) + ": " + f.Message
	}
	want := map[string]string{
		"dear":   "error: rule dear: evaluation budget exceeded: more than 1000 steps",
		"number": "error: rule number: set/a.guard:2:23: parse_int: the text at /Resources/A/Properties/Text is not an integer",
		"fine":   "pass: ",
	}
	for id := range want {
		if got[id] != want[id] {
			t.Errorf("%s: %s, want %s", id, got[id], want[id])
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Judge(ctx, s.Rule("fine"), ast.NewObject()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestGuardConfiguration(t *testing.T) {
	t.Parallel()
	files := map[string]string{"buckets.guard": bucketsGuard}
	base := guardSet(t, Options{}, files)
	files[ConfigFile] = "version: 1\nguard: {severity: LOW}\nlevels: [{rules: [queue_delay], level: advise}]\n" +
		"waivers: [{rule: BUCKET_KMS, resource: A, reason: r, owner: o, expires: 2999-01-01}]\n"
	s := guardSet(t, Options{}, files)
	if r := s.Rule("BUCKET_KMS"); r.Severity != Low || s.Level(r, Stack{}) != Warn {
		t.Errorf("%s %s", r.Severity, s.Level(r, Stack{}))
	}
	if r := s.Rule("queue_delay"); s.Level(r, Stack{}) != Advise {
		t.Errorf("%s", s.Level(r, Stack{}))
	}
	findings, err := s.Evaluate(context.Background(), &Target{Kind: "RESOURCE", Action: ActionCreate, Resource: &Resource{ID: "A", Type: "AWS::S3::Bucket"}})
	if err != nil || len(findings) != 1 || findings[0].Status != Waived {
		t.Errorf("%v, %v", findings, err)
	}
	other := guardSet(t, Options{}, map[string]string{"buckets.guard": bucketsGuard + "# a remark\n"})
	if base.Digest() == s.Digest() || base.Digest() == other.Digest() {
		t.Error("the digest does not tell the sets apart")
	}
}

// TestGuardReads expects that a rule gives the same verdict on all that a
// resource has and on what the rule is said to read of it.
func TestGuardReads(t *testing.T) {
	t.Parallel()
	forEachGuardTest(t, func(t *testing.T, s *Set, r *Rule, res *Resource, whole ast.Value) {
		reads := s.Reads(r)
		part := pruned(whole, reads)
		a, errA := s.Judge(context.Background(), r, whole)
		b, errB := s.Judge(context.Background(), r, part)
		if (errA == nil) != (errB == nil) || len(a) != len(b) {
			t.Errorf("%s on %s: %v, %v; of what it reads %v: %v, %v", r.ID, res.ID, a, errA, reads.Paths(), b, errB)
		}
	})
}

// TestGuardToRego expects that translated rules give the verdicts of their
// originals.
func TestGuardToRego(t *testing.T) {
	t.Parallel()
	sets := map[*guard.File]*Set{}
	compared := 0
	forEachGuardTest(t, func(t *testing.T, s *Set, r *Rule, res *Resource, input ast.Value) {
		f := r.guard.file
		if sets[f] == nil {
			modules, _ := f.Rego("translated")
			contents := map[string][]byte{}
			for _, m := range modules {
				contents["translated/"+m.Name+".rego"] = m.Text
			}
			var err error
			if sets[f], err = LoadFiles("rego", contents, Options{}); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
		other := sets[f].Rule(strings.ToUpper(r.ID))
		if other == nil {
			return
		}
		compared++
		want, err := s.Judge(context.Background(), r, input)
		got, regoErr := sets[f].Judge(context.Background(), other, input)
		if err != nil || regoErr != nil || (len(got) > 0) != (len(want) > 0) {
			t.Errorf("%s on %s: Guard %v, %v; Rego %v, %v", r.ID, res.ID, want, err, got, regoErr)
		}
	})
	if compared < 40 {
		t.Errorf("only %d verdicts were compared", compared)
	}
}

// forEachGuardTest calls f for every rule of scope resource below
// guard/testdata/fsxn, on each resource of its type in the tests of its file.
func forEachGuardTest(t *testing.T, f func(t *testing.T, s *Set, r *Rule, res *Resource, input ast.Value)) {
	files, err := filepath.Glob("guard/testdata/fsxn/*.guard")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := LoadFiles("set", map[string][]byte{filepath.Base(name): text}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		file := strings.TrimSuffix(name, ".guard") + "_tests.yaml"
		if text, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		tests, err := guard.LoadTests(file, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range tests {
			for _, res := range resourcesOf(t, one.Input) {
				input, err := ResourceInput(&Target{Kind: "RESOURCE", Action: ActionCreate, Resource: res})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range s.For(res.Type) {
					f(t, s, r, res, input)
				}
			}
		}
	}
}

func resourcesOf(t *testing.T, doc *guard.Value) []*Resource {
	t.Helper()
	var out []*Resource
	all := doc.Get("Resources")
	if all == nil {
		return nil
	}
	for i, key := range all.Keys() {
		entry := all.Items()[i]
		res := &Resource{ID: key.Name, Type: entry.Get("Type").Text()}
		if p := entry.Get("Properties"); p != nil {
			v, _, err := document([]byte(p.String()))
			if err != nil {
				t.Fatal(err)
			}
			res.Properties, _ = v.(map[string]any)
		}
		out = append(out, res)
	}
	return out
}

// pruned leaves in a value what is read of it, as the resolver of templates does.
func pruned(v ast.Value, reads *Reads) ast.Value {
	if reads.All {
		return v
	}
	switch v := v.(type) {
	case ast.Object:
		out := ast.NewObject()
		v.Foreach(func(k, item *ast.Term) {
			if r := reads.Field(string(k.Value.(ast.String))); r != nil {
				out.Insert(k, ast.NewTerm(pruned(item.Value, r)))
			}
		})
		return out
	case *ast.Array:
		items := make([]*ast.Term, v.Len())
		for i := range items {
			items[i] = ast.InternedEmptyObject
			if r := reads.Element(); r != nil {
				items[i] = ast.NewTerm(pruned(v.Elem(i).Value, r))
			}
		}
		return ast.NewArray(items...)
	}
	return v
}
