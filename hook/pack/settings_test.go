package pack_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fsxns3ap/guardhook/hook"
)

// property is a setting in the schema.
type property struct {
	Type             string
	Default          any
	Minimum, Maximum *int
	Enum             []string
}

// configurationSchema returns the schema of type configurations and its settings.
func configurationSchema(tb testing.TB) (*jsonschema.Schema, map[string]property) {
	tb.Helper()
	content := read(tb, unzip(tb, registry(tb, root).Content), "configuration-schema.json")
	var doc struct{ Properties map[string]property }
	if err := json.Unmarshal(content, &doc); err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	if err := c.AddResource("mem:///configuration.json", decode(tb, string(content))); err != nil {
		tb.Fatal(err)
	}
	schema, err := c.Compile("mem:///configuration.json")
	if err != nil {
		tb.Fatal(err)
	}
	return schema, doc.Properties
}

func decode(tb testing.TB, text string) any {
	tb.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// answer returns the hook's response to an event with a type configuration.
func answer(tb testing.TB, configuration any) hook.Response {
	tb.Helper()
	event, err := json.Marshal(map[string]any{
		"clientRequestToken": "t", "awsAccountId": "111122223333", "stackId": "s", "hookTypeName": "FSxNS3AP::Guard::Hook",
		"hookTypeVersion": "00000001", "hookModel": configuration, "actionInvocationPoint": "CREATE_PRE_PROVISION",
		"requestData": map[string]any{
			"targetName": "AWS::SNS::Topic", "targetType": "RESOURCE", "targetLogicalId": "Topic",
			"targetModel": map[string]any{"resourceProperties": map[string]any{"KmsMasterKeyId": "alias/app"}},
		},
		"requestContext": map[string]any{},
	})
	if err != nil {
		tb.Fatal(err)
	}
	h := hook.New(hook.Options{
		Region:    "eu-west-1",
		OpenStore: func(context.Context, *hook.Credentials) (hook.ObjectStore, error) { return nil, fmt.Errorf("no store") },
	})
	tb.Cleanup(h.Wait)
	out, err := h.Invoke(context.Background(), event)
	if err != nil {
		tb.Fatal(err)
	}
	var r hook.Response
	if err := json.Unmarshal(out, &r); err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestSettingNames: the schema has the settings that the hook takes from a type
// configuration, and no others.
func TestSettingNames(t *testing.T) {
	t.Parallel()
	_, properties := configurationSchema(t)
	r := answer(t, map[string]any{"none": 1})
	list := regexp.MustCompile(`there are ([A-Za-z, ]+)\)`).FindStringSubmatch(r.Message)
	if list == nil {
		t.Fatalf("%s: %s", r.ErrorCode, r.Message)
	}
	if diff := cmp.Diff(strings.Split(list[1], ", "), slices.Sorted(maps.Keys(properties))); diff != "" {
		t.Errorf("-hook +schema:\n%s", diff)
	}
}

// TestSettingDefaults: the defaults that the schema tells are the hook's.
func TestSettingDefaults(t *testing.T) {
	t.Parallel()
	_, properties := configurationSchema(t)
	c := hook.DefaultConfig()
	want := map[string]any{
		"policy": c.Policy, "policyConfig": c.PolicyConfig, "refreshSeconds": c.Refresh.Seconds(), "maxAgeSeconds": c.MaxAge.Seconds(),
		"verificationKey": c.VerificationKey, "verificationKeyId": c.VerificationKeyID, "verificationAlgorithm": c.VerificationAlgorithm,
		"allowOlder": c.AllowOlder, "strict": c.Strict, "payloadBytes": float64(c.PayloadBytes), "payloadSeconds": c.PayloadTime.Seconds(),
	}
	got := map[string]any{}
	for name, p := range properties {
		got[name] = p.Default
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-hook +schema:\n%s", diff)
	}
}

// TestSettingValues: the schema and the hook accept the same values.
func TestSettingValues(t *testing.T) {
	t.Parallel()
	schema, properties := configurationSchema(t)
	values := map[string][]string{
		"policy": {
			`"embedded"`, `"s3://b"`, `"s3://b/"`, `"s3://b/p/"`, `"s3://b/p/q/"`, `"s3://b/k.tar.gz"`, `"s3://b/p/k.tgz"`, `"s3://b/k.tar.gz?versionId=1"`,
			`"none"`, `"s3://"`, `"s3:///p/"`, `"s3://b/rules"`, `"s3://b/k.zip"`, `"s3://b/p/?versionId=1"`, `"s3://b/k.tar.gz?version=1"`, `"s3://b/k.tar.gz#a"`,
			`"s3://u:p@b/p/"`, `"https://b/p/"`, `"file:///rules/"`, `[]`,
		},
		"policyConfig":      {`""`, `"version: 1"`, `[]`, `{}`},
		"verificationKey":   {`""`, `[]`},
		"verificationKeyId": {`""`, `{}`},
	}
	for name, p := range properties {
		switch {
		case p.Type == "boolean":
			values[name] = []string{"true", "false", `"maybe"`, "1", "[]"}
		case p.Type == "integer" && p.Minimum != nil && p.Maximum != nil:
			for _, n := range []int{*p.Minimum - 1, *p.Minimum, *p.Maximum, *p.Maximum + 1} {
				values[name] = append(values[name], fmt.Sprint(n))
			}
			values[name] = append(values[name], "1.5", `"many"`, "{}")
		case len(p.Enum) > 0:
			values[name] = []string{"[]"}
			for _, v := range append(p.Enum, "HS256", "none") {
				values[name] = append(values[name], fmt.Sprintf("%q", v))
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(values))); diff != "" {
		t.Fatalf("-schema +tested:\n%s", diff)
	}
	for name, list := range values {
		for _, text := range list {
			v := decode(t, text)
			bySchema := schema.Validate(map[string]any{name: v})
			r := answer(t, beside(t, name, v))
			if byHook := r.ErrorCode != hook.InvalidTypeConfiguration; (bySchema == nil) != byHook {
				t.Errorf("%s = %s: the schema says %v, the hook %s: %s", name, text, bySchema, r.ErrorCode, r.Message)
			}
		}
	}
}

// publicKey returns a key that nothing is signed with.
func publicKey(tb testing.TB) string {
	tb.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		tb.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// beside returns a configuration with a setting and with those that it needs.
func beside(tb testing.TB, name string, v any) map[string]any {
	tb.Helper()
	c := map[string]any{name: v}
	switch name {
	case "refreshSeconds":
		c["maxAgeSeconds"] = 2592000
	case "maxAgeSeconds":
		c["refreshSeconds"] = 1
	case "verificationAlgorithm":
		c["policy"], c["verificationKeyId"], c["verificationKey"] = "s3://b/k.tar.gz", "id", publicKey(tb)
	}
	return c
}
