package schema_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/internal/schema"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, resourceType, in, want string
		diagnostics                  []string
	}{
		{
			name: "what CloudFormation sends", resourceType: "AWS::Lambda::Function",
			in:   `{"Timeout": "900", "MemorySize": " 128", "Environment": {"Variables": {"DEBUG": true, "DAYS": 30}}}`,
			want: `{"Timeout": 900, "MemorySize": 128, "Environment": {"Variables": {"DEBUG": "true", "DAYS": "30"}}}`,
		},
		{
			name: "booleans", resourceType: "AWS::S3::Bucket",
			in:   `{"PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "BlockPublicPolicy": "True", "IgnorePublicAcls": false}}`,
			want: `{"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": false}}`,
		},
		{
			name: "numbers where text is expected", resourceType: "AWS::RDS::DBInstance",
			in:   `{"EngineVersion": 8.0, "AllocatedStorage": 100, "Port": 5432}`,
			want: `{"EngineVersion": "8.0", "AllocatedStorage": "100", "Port": "5432"}`,
		},
		{
			name: "null properties are absent", resourceType: "AWS::S3::Bucket",
			in:   `{"BucketName": null, "BucketEncryption": {"ServerSideEncryptionConfiguration": null}}`,
			want: `{"BucketEncryption": {}}`,
		},
		{
			name: "a scalar becomes a list of one", resourceType: "AWS::Lambda::Function",
			in:   `{"Layers": "arn:x", "Tags": {"Key": "a", "Value": 1}}`,
			want: `{"Layers": ["arn:x"], "Tags": [{"Key": "a", "Value": "1"}]}`,
		},
		{
			name: "an object becomes a list of a list", resourceType: "AWS::CodeBuild::Project",
			in:   `{"Triggers": {"FilterGroups": {"Type": "EVENT", "ExcludeMatchedPattern": "false"}}}`,
			want: `{"Triggers": {"FilterGroups": [[{"Type": "EVENT", "ExcludeMatchedPattern": false}]]}}`,
		},
		{
			name: "free-form content becomes text", resourceType: "AWS::S3::BucketPolicy",
			in: `{"Bucket": "b", "PolicyDocument": {"Statement": [
				{"Action": "*", "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"n": 10}}, "Sid": null}]}}`,
			want: `{"Bucket": "b", "PolicyDocument": {"Statement": [
				{"Action": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}, "NumericLessThan": {"n": "10"}}}]}}`,
		},
		{
			name: "free-form lists keep nulls", resourceType: "Custom::Thing",
			in: `{"A": [1, null, [true]]}`, want: `{"A": ["1", null, ["true"]]}`,
		},
		{
			name: "an unknown type is free-form", resourceType: "Org::Net::Thing",
			in: `{"A": 1, "B": {"C": null}}`, want: `{"A": "1", "B": {}}`,
		},
		{
			name: "an unknown property is free-form", resourceType: "AWS::S3::Bucket",
			in: `{"Neww": {"Enabled": true}}`, want: `{"Neww": {"Enabled": "true"}}`,
		},
		{
			name: "a type newer than goformation", resourceType: "AWS::S3Tables::TableBucket",
			in:   `{"UnreferencedFileRemoval": {"NoncurrentDays": "3", "Status": true}}`,
			want: `{"UnreferencedFileRemoval": {"NoncurrentDays": 3, "Status": "true"}}`,
		},
		{
			name: "values that do not convert stay", resourceType: "AWS::Lambda::Function",
			in:   `{"Timeout": "soon", "MemorySize": true, "FunctionName": {"a": 1}, "Role": [2], "Environment": "e", "VpcConfig": {"Ipv6AllowedForDualStack": 1}, "Layers": [null, {"b": 3}]}`,
			want: `{"Timeout": "soon", "MemorySize": true, "FunctionName": {"a": "1"}, "Role": ["2"], "Environment": "e", "VpcConfig": {"Ipv6AllowedForDualStack": 1}, "Layers": [null, {"b": "3"}]}`,
			diagnostics: []string{
				"[Environment] expected an object, found text",
				"[FunctionName] expected a string, found an object",
				"[Layers 0] a list has no null elements",
				"[Layers 1] expected a string, found an object",
				"[MemorySize] expected a number, found a boolean",
				"[Role] expected a string, found a list",
				"[Timeout] expected a number, found text that is none",
				"[VpcConfig Ipv6AllowedForDualStack] expected true or false, found a number",
			},
		},
		{
			name: "text that is no boolean", resourceType: "AWS::RDS::DBInstance",
			in: `{"StorageEncrypted": "yes"}`, want: `{"StorageEncrypted": "yes"}`,
			diagnostics: []string{"[StorageEncrypted] expected true or false, found other text"},
		},
		{
			name: "a list where an object is expected", resourceType: "AWS::S3::Bucket",
			in: `{"BucketEncryption": [{"n": 1}]}`, want: `{"BucketEncryption": [{"n": "1"}]}`,
			diagnostics: []string{"[BucketEncryption] expected an object, found a list"},
		},
		{
			name: "no properties", resourceType: "AWS::S3::Bucket", in: `null`, want: `null`,
		},
		{
			name: "properties that are no object", resourceType: "AWS::S3::Bucket", in: `"x"`, want: `"x"`,
			diagnostics: []string{"[] expected an object, found text"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := decode(t, test.in)
			got, diagnostics := schema.Canonical(schema.Of(test.resourceType), in)
			if diff := cmp.Diff(decode(t, test.want), got); diff != "" {
				t.Error(diff)
			}
			var messages []string
			for _, d := range diagnostics {
				messages = append(messages, fmt.Sprint(d.Path, " ", d.Message))
			}
			if diff := cmp.Diff(test.diagnostics, messages); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(decode(t, test.in), in); diff != "" {
				t.Error("the input was modified: ", diff)
			}
		})
	}
}

func TestCanonicalGoNumbers(t *testing.T) {
	t.Parallel()
	got, diagnostics := schema.Canonical(schema.Of("AWS::Lambda::Function"), map[string]any{
		"Timeout": 900, "MemorySize": 128.0, "FunctionName": 1e21, "Handler": []byte("x"),
	})
	want := map[string]any{
		"Timeout": json.Number("900"), "MemorySize": json.Number("128"), "FunctionName": "1000000000000000000000", "Handler": []byte("x"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(diagnostics) != 1 || diagnostics[0].Message != "a value of Go type []uint8 is not JSON" {
		t.Errorf("got %v", diagnostics)
	}
}

// anything draws any JSON value.
func anything() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any { return drawAnything(t, 4) })
}

func drawAnything(t *rapid.T, depth int) any {
	last := 6
	if depth == 0 {
		last = 4
	}
	switch rapid.IntRange(0, last).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(numbers().Draw(t, "number"))
	case 3:
		return rapid.SampledFrom([]string{"", "x", "true", "False", " 900 ", "1.50", "8.0", "-0", "1e3", "1e999"}).Draw(t, "text")
	case 4:
		return rapid.String().Draw(t, "string")
	case 5:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawAnything(t, depth-1))
		}
		return list
	default:
		object := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "size") {
			object[rapid.StringMatching(`[A-Z][a-z]{0,3}`).Draw(t, "name")] = drawAnything(t, depth-1)
		}
		return object
	}
}

// drawTyped draws a value that a template may have for s.
func drawTyped(t *rapid.T, s *schema.Shape, depth int) any {
	switch s.Kind {
	case schema.Bool:
		return rapid.Bool().Draw(t, "bool")
	case schema.Number:
		return json.Number(numbers().Draw(t, "number"))
	case schema.String:
		return rapid.SampledFrom([]any{"x", "", true, json.Number("900"), json.Number("8.0"), json.Number("1.50")}).Draw(t, "text")
	case schema.List:
		list := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "length") {
			list = append(list, drawTyped(t, s.Element(), depth-1))
		}
		return list
	case schema.Map, schema.Object:
		names := slices.Sorted(maps.Keys(s.Fields))
		if s.Kind == schema.Map {
			names = []string{"A", "B"}
		}
		object := map[string]any{}
		if len(names) == 0 || depth <= 0 {
			return object
		}
		for range rapid.IntRange(0, 5).Draw(t, "size") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			object[name] = drawTyped(t, s.Field(name), depth-1)
		}
		return object
	default:
		v := drawAnything(t, min(depth, 2))
		if v == nil {
			return "x"
		}
		return v
	}
}

func shapes() *rapid.Generator[*schema.Shape] {
	return rapid.Map(rapid.SampledFrom(schema.Types()), schema.Of)
}

// mixed draws a value that is partly of the type of s and partly anything.
func mixed(t *rapid.T, s *schema.Shape) any {
	v, ok := drawTyped(t, s, 6).(map[string]any)
	if !ok {
		return v
	}
	for name := range v {
		if rapid.Bool().Draw(t, "replace") {
			v[name] = anything().Draw(t, "anything")
		}
	}
	return v
}

func TestCanonicalIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := shapes().Draw(t, "type")
		once, first := schema.Canonical(s, mixed(t, s))
		twice, second := schema.Canonical(s, once)
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatal(diff)
		}
	})
}

// asText is v as CloudFormation sends it: every scalar is text.
func asText(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = asText(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = asText(e)
		}
		return out
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		var free *schema.Shape
		_, text, _ := free.Scalar(schema.NumberScalar, v.String())
		return text
	default:
		return v
	}
}

// A template and the text form of it that CloudFormation sends are the same.
func TestCanonicalOfText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := shapes().Draw(t, "type")
		v := drawTyped(t, s, 6)
		typed, diagnostics := schema.Canonical(s, v)
		if len(diagnostics) > 0 {
			t.Fatal(diagnostics)
		}
		text, diagnostics := schema.Canonical(s, asText(v))
		if len(diagnostics) > 0 {
			t.Fatal(diagnostics)
		}
		if diff := cmp.Diff(typed, text); diff != "" {
			t.Fatal(diff)
		}
	})
}
