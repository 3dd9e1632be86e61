package cdk

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestRead reads what CDK 2.276 made of an app: a stack, the same in a stage,
// each with a nested stack.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := os.DirFS("testdata/app")
	if !IsAssembly(dir) {
		t.Error("not an assembly")
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []Template{
		{
			File: "app-dev.template.json", Stack: "app-dev", Scope: "app-dev",
			Constructs: map[string]string{
				"Uploads4F6EB0FD": "app-dev/Uploads/Resource",
				"OrdersNestedStackOrdersNestedStackResource8B6E3CDE": "app-dev/Orders.NestedStack/Orders.NestedStackResource",
			},
		},
		{
			File: "appdevOrdersC6124C21.nested.template.json", Stack: "app-dev", Scope: "app-dev/Orders",
			Constructs: map[string]string{"Jobs": "app-dev/Orders/Jobs"},
		},
		{
			File: "assembly-Prod/ProdappF56FD31C.template.json", Stack: "Prod/app", Scope: "Prod/app",
			Constructs: map[string]string{
				"Uploads4F6EB0FD": "Prod/app/Uploads/Resource",
				"OrdersNestedStackOrdersNestedStackResource8B6E3CDE": "Prod/app/Orders.NestedStack/Orders.NestedStackResource",
				"BootstrapVersion":      "Prod/app/BootstrapVersion",
				"CheckBootstrapVersion": "Prod/app/CheckBootstrapVersion",
			},
		},
		{
			File: "assembly-Prod/ProdappOrders13AE86EB.nested.template.json", Stack: "Prod/app", Scope: "Prod/app/Orders",
			Constructs: map[string]string{"Jobs": "Prod/app/Orders/Jobs"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadEarlier reads the form of versions that keep the metadata in the
// manifest.
func TestReadEarlier(t *testing.T) {
	t.Parallel()
	got, err := Read(fstest.MapFS{"manifest.json": {Data: []byte(`{"version": "30.0.0", "artifacts": {
		"app": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "app.template.json", "stackName": "orders"},
			"metadata": {"/app/Bucket/Resource": [{"type": "aws:cdk:logicalId", "data": "Bucket1"}, {"type": "other", "data": {"a": 1}}]}},
		"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}}`)}})
	want := []Template{{File: "app.template.json", Stack: "orders", Constructs: map[string]string{"Bucket1": "app/Bucket/Resource"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestReadRefused(t *testing.T) {
	t.Parallel()
	stack := func(properties string) string {
		return `{"artifacts": {"a": {"type": "aws:cloudformation:stack", "properties": {` + properties + `}}}}`
	}
	for src, want := range map[string]string{
		"":                              "manifest.json: ",
		"[]":                            "manifest.json: ",
		stack(""):                       "not a path below the folder",
		stack(`"templateFile": "../x"`): "not a path below the folder",
		`{"artifacts": {"a": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "/etc"}}}}`:                                     "not a path below the folder",
		`{"artifacts": {"a": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "b"}}}}`:                                        "b/manifest.json: file does not exist",
		`{"artifacts": {"a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "t"}, "additionalMetadataFile": "../m"}}}`: "not a path below the folder",
		`{"artifacts": {"a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "t"}, "additionalMetadataFile": "m"}}}`:    "m: file does not exist",
	} {
		if _, err := Read(fstest.MapFS{"manifest.json": {Data: []byte(src)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", src, err)
		}
	}
	var many []string
	for i := range maxAssemblies {
		many = append(many, fmt.Sprintf(`"%d": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "b"}}`, i))
	}
	loop := fstest.MapFS{
		"manifest.json":   {Data: []byte(`{"artifacts": {` + strings.Join(many, ",") + `}}`)},
		"b/manifest.json": {Data: []byte("{}")},
	}
	if _, err := Read(loop); err == nil || err.Error() != "b: more than 1000 assemblies" {
		t.Errorf("one assembly many times: %v", err)
	}
	if _, err := Read(fstest.MapFS{}); err == nil {
		t.Error("no manifest")
	}
	if IsAssembly(fstest.MapFS{"manifest.json": {}}) {
		t.Error("a manifest alone makes an assembly")
	}
}
