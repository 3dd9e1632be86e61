package rules

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func ids(rules []*Rule) string {
	var out []string
	for _, r := range rules {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func TestSet(t *testing.T) {
	t.Parallel()
	s := small(t, nil)
	if got, want := ids(s.Rules()), "ACME_BUCKET_POLICY ACME_BUCKET_VERSIONED ACME_DELETE ACME_LIFECYCLE"; got != want {
		t.Errorf("Rules: %s", got)
	}
	for resourceType, want := range map[string]string{
		"AWS::S3::Bucket":      "ACME_BUCKET_VERSIONED ACME_DELETE ACME_LIFECYCLE",
		"AWS::S3::AccessPoint": "ACME_LIFECYCLE",
		"AWS::S3Tables::Table": "",
		"":                     "",
	} {
		for range 2 { // the second time from memory
			if got := ids(s.For(resourceType)); got != want {
				t.Errorf("For(%q): %s, want %s", resourceType, got, want)
			}
		}
	}
	if got := ids(s.TemplateRules(map[string]bool{"AWS::S3::BucketPolicy": true})); got != "ACME_BUCKET_POLICY" {
		t.Errorf("TemplateRules: %s", got)
	}
	if got := ids(s.TemplateRules(map[string]bool{"AWS::S3::BucketPolicy": false, "AWS::SQS::Queue": true})); got != "" {
		t.Errorf("TemplateRules of other types: %s", got)
	}
	if s.Rule("ACME_DELETE") == nil || s.Rule("ACME") != nil {
		t.Error("Rule finds the wrong ones")
	}
	want := &Rule{
		ID: "ACME_BUCKET_VERSIONED", Title: "Bucket is versioned", Description: "Versions bring back what was overwritten.",
		Severity: High, Scope: ScopeResource, ResourceTypes: []string{"AWS::S3::Bucket"}, Actions: []string{ActionCreate, ActionUpdate},
		Remediation: "Set VersioningConfiguration.Status to Enabled.", Controls: map[string][]string{"acme": {"A1", "A2"}},
		RelatedResources: []string{"https://example.com/versioning"}, Family: "storage", Package: "guardhook.storage.bucket_versioned",
		File: filepath.Join("testdata/sets/small/storage/bucket_versioned.rego"), Path: "storage/bucket_versioned.rego", Line: 1, DefaultLevel: Block,
	}
	if diff := cmp.Diff(want, s.Rule("ACME_BUCKET_VERSIONED"), cmpopts.IgnoreUnexported(Rule{})); diff != "" {
		t.Error(diff)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"a", "A", false},
		{"*", "", true},
		{"*", "AWS::S3::Bucket", true},
		{"AWS::S3::*", "AWS::S3::Bucket", true},
		{"AWS::S3::*", "AWS::S3Tables::Table", false},
		{"*Bucket", "AWS::S3::Bucket", true},
		{"*Bucket", "AWS::S3::BucketPolicy", false},
		{"AWS::*::Bucket*", "AWS::S3::BucketPolicy", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "abcbc", true},
		{"a*b*c", "acb", false},
		{"**", "x", true},
	} {
		if got := matches(c.pattern, c.text); got != c.want {
			t.Errorf("matches(%q, %q) is %v", c.pattern, c.text, got)
		}
	}
}

// Every change of what decides a verdict changes the digest; nothing else does.
func TestDigest(t *testing.T) {
	t.Parallel()
	load := func(change func(dir string), c *Config) string {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("testdata/sets/small")); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(dir)
		}
		s, err := LoadDir(dir, Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		return s.Digest()
	}
	write := func(name, text string) func(string) {
		return func(dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	replace := func(name, old, text string) func(string) {
		return func(dir string) {
			src, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !bytes.Contains(src, []byte(old)) {
				t.Fatal(name, err)
			}
			write(name, strings.Replace(string(src), old, text, 1))(dir)
		}
	}
	base := load(nil, nil)
	if !strings.HasPrefix(base, "sha256:") || len(base) != 71 {
		t.Errorf("digest %s", base)
	}
	const waiver = "waivers:\n  - {rule: ACME_LIFECYCLE, resource: A, reason: r, owner: o, expires: 2026-01-01}\n"
	same := map[string]string{
		"again":            load(nil, nil),
		"empty config":     load(nil, config(t, "version: 1\n")),
		"location":         load(nil, config(t, "version: 1\npolicy: ./rules\n")),
		"defaults written": load(nil, config(t, "version: 1\nundecided: block\nstrict: false\nparams: {storage: {max_days: 30}}\n")),
		"readme":           load(write("README.md", "text"), nil),
		"test":             load(write("storage/x_test.rego", "package x"), nil),
		"params layout":    load(write("params.json", `{"storage":{"regions":["eu-central-1"],"max_days":30}}`), nil),
		"zero config":      load(nil, &Config{}),
	}
	for name, got := range same {
		if got != base {
			t.Errorf("%s: the digest changes", name)
		}
	}
	different := map[string]string{
		"rule text":          load(replace("storage/lifecycle.rego", "too long", "very long"), nil),
		"rule renamed":       load(func(dir string) { rename(t, dir, "storage/lifecycle.rego", "storage/lc.rego") }, nil),
		"library text":       load(replace("lib/acme.rego", "Enabled", "On"), nil),
		"severity":           load(replace("storage/lifecycle.rego", "LOW", "HIGH"), nil),
		"param default":      load(replace("params.json", "30", "32"), nil),
		"param":              load(nil, config(t, "version: 1\nparams: {storage: {max_days: 31}}\n")),
		"level":              load(nil, config(t, "version: 1\nlevels: [{level: warn}]\n")),
		"level stack":        load(nil, config(t, "version: 1\nlevels: [{level: warn, stacks: [a]}]\n")),
		"level account":      load(nil, config(t, "version: 1\nlevels: [{level: warn, accounts: [a]}]\n")),
		"levels order":       load(nil, config(t, "version: 1\nlevels: [{level: warn}, {level: block}]\n")),
		"levels other order": load(nil, config(t, "version: 1\nlevels: [{level: block}, {level: warn}]\n")),
		"waiver":             load(nil, config(t, "version: 1\n"+waiver)),
		"waiver expiry":      load(nil, config(t, "version: 1\n"+strings.Replace(waiver, "2026", "2027", 1))),
		"inline waivers":     load(nil, config(t, "version: 1\ninline_waivers: true\n")),
		"undecided":          load(nil, config(t, "version: 1\nundecided: warn\n")),
		"strict":             load(nil, config(t, "version: 1\nstrict: true\n")),
	}
	seen := map[string]string{base: "the base"}
	for _, name := range keys(different) {
		if other, twice := seen[different[name]]; twice {
			t.Errorf("%s: the digest is that of %s", name, other)
		}
		seen[different[name]] = name
	}
	inside := load(write("guardhook.yaml", "version: 1\nstrict: true\n"), nil)
	if inside != different["strict"] {
		t.Error("a configuration inside the set gives another digest than the same one outside")
	}
}

func rename(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

func TestConfigGivenTwice(t *testing.T) {
	t.Parallel()
	files := []file{
		{path: "acme/rule.rego", name: "acme/rule.rego", src: []byte(ruleHead + "deny contains {\"path\": [], \"message\": \"m\"}\n")},
		{path: ConfigFile, name: ConfigFile, src: []byte("version: 1\nstrict: true\n")},
	}
	if _, err := load("set", files, Options{Config: config(t, "version: 1\nundecided: warn\n")}); err == nil || !strings.Contains(err.Error(), "only one") {
		t.Errorf("error %v", err)
	}
	s, err := load("set", files, Options{Config: config(t, "version: 1\npolicy: ./set\n")})
	if err != nil || !s.Config().Strict {
		t.Errorf("the set's own configuration is not in force: %v", err)
	}
}

func TestBuiltinLibraryWithParameters(t *testing.T) {
	t.Parallel()
	s, r := oneRule(t, `deny contains {"path": ["Cidr"], "message": "open"} if data.guardhook.lib.cidr.open(input.resource.properties.Cidr)
`, Options{})
	if got := keys(s.Params()); !slices.Equal(got, []string{"public_access"}) {
		t.Errorf("parameters of %v", got)
	}
	violations, err := s.Judge(t.Context(), r, resource(t, `{"Cidr": "0.0.0.0/0"}`))
	if err != nil || len(violations) != 1 {
		t.Errorf("%v, %v", violations, err)
	}
}

func TestLoadDirFiles(t *testing.T) {
	t.Parallel()
	if _, err := LoadDir(filepath.Join(t.TempDir(), "nothing"), Options{}); err == nil {
		t.Error("a folder that is not there is loaded")
	}
	set := func() string {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("testdata/sets/small")); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	big := func(n int) string {
		dir := set()
		text := "package guardhook.lib.big\n\nx := 1\n"
		text += "# " + strings.Repeat("x", n-len(text)-3) + "\n"
		if err := os.WriteFile(filepath.Join(dir, "lib/big.rego"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	if _, err := LoadDir(big(maxFileBytes), Options{}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := LoadDir(big(maxFileBytes+1), Options{}); err == nil || !strings.Contains(err.Error(), "big.rego: larger than") {
		t.Errorf("past the limit: %v", err)
	}
	dir := set()
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "more")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadDir(dir, Options{}); err == nil || !strings.Contains(err.Error(), "more: neither a file nor a folder") {
		t.Errorf("a linked folder: %v", err)
	}
	dir = set()
	target := filepath.Join(t.TempDir(), "x.rego")
	rename(t, "/", filepath.Join(dir, "storage/delete.rego"), target)
	if err := os.Symlink(target, filepath.Join(dir, "storage/delete.rego")); err != nil {
		t.Fatal(err)
	}
	if s, err := LoadDir(dir, Options{}); err != nil || s.Rule("ACME_DELETE") == nil {
		t.Errorf("a linked file: %v", err)
	}
}

func TestLoadFiles(t *testing.T) {
	t.Parallel()
	contents := map[string][]byte{}
	for name, text := range smallContent(t) {
		contents[name] = []byte(text)
	}
	s, err := LoadFiles("s3://acme/rules", contents, Options{})
	if err != nil || s.Digest() != small(t, nil).Digest() {
		t.Errorf("the digest is not that of the folder: %v", err)
	}
	contents["storage/lifecycle.rego"] = []byte("package x")
	for name, want := range map[string]string{
		"":              "s3://acme/rules/storage/lifecycle.rego:1:1: package x is outside",
		"../x.rego":     "s3://acme/rules/../x.rego: not a path inside",
		"/x.rego":       "not a path inside",
		"big/file.rego": "larger than",
	} {
		more := maps.Clone(contents)
		if name != "" {
			more[name] = make([]byte, maxFileBytes+1)
		}
		if _, err := LoadFiles("s3://acme/rules", more, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", name, err, want)
		}
	}
}

// A rule that nobody has prepared is compiled when it is first judged.
func TestUnprepared(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	for _, r := range s.Rules() {
		if r.Scope != ScopeResource {
			continue
		}
		if _, err := s.Judge(t.Context(), r, resource(t, `{}`)); err != nil {
			t.Error(err)
		}
		if s.Reads(r).All {
			t.Errorf("%s:%d: the rule reads the whole input", r.File, r.Line)
		}
		if s.Vocabulary(r) == nil {
			t.Errorf("%s: no vocabulary", r.ID)
		}
	}
}
