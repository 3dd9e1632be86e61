package pack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/hook/pack"
)

// TestProjectErrors changes one thing of the project at a time. Each error names
// the file and the place in it.
func TestProjectErrors(t *testing.T) {
	t.Parallel()
	const (
		settings = ".rpdk-config"
		schema   = "fsxns3ap-guard-hook.json"
		input    = "inputs/inputs_1_pre_create.json"
	)
	var many strings.Builder
	for i := range 600 {
		_, _ = fmt.Fprintf(&many, `"setting%d": {"type": "string", "description": "%s"}, `, i, strings.Repeat("x", 60))
	}
	for name, c := range map[string]struct {
		file, old, new string
		want           string
	}{
		"settings: not JSON":              {settings, "{", "[", ".rpdk-config: not JSON"},
		"settings: more behind":           {settings, "\n}\n", "\n} {}\n", ".rpdk-config: not JSON"},
		"settings: too large":             {settings, "{", "{" + strings.Repeat(" ", 10<<10), "more than the registry takes"},
		"settings: a resource":            {settings, `"HOOK"`, `"RESOURCE"`, ".rpdk-config: at '/artifact_type': value must be 'HOOK'"},
		"settings: no artifact type":      {settings, `"artifact_type": "HOOK",`, "", ".rpdk-config: at the top: missing property 'artifact_type'"},
		"settings: no type name":          {settings, `"typeName": "FSxNS3AP::Guard::Hook",`, "", "missing property 'typeName'"},
		"settings: two parts":             {settings, "FSxNS3AP::Guard::Hook", "Guard::Hook", ".rpdk-config: at '/typeName': "},
		"settings: a short part":          {settings, "FSxNS3AP::Guard::Hook", "F::Guard::Hook", ".rpdk-config: at '/typeName': "},
		"settings: reserved":              {settings, "FSxNS3AP::Guard::Hook", "AWS::Guard::Hook", ".rpdk-config: at '/typeName': the organization AWS is reserved"},
		"settings: reserved in any case":  {settings, "FSxNS3AP::Guard::Hook", "amazon::Guard::Hook", "the organization amazon is reserved"},
		"settings: no language":           {settings, `"language": "go",`, "", "missing property 'language'"},
		"settings: another language":      {settings, `"go"`, `"java"`, ".rpdk-config: at '/language': value must be 'go'"},
		"settings: no runtime":            {settings, `"runtime": "provided.al2",`, "", "missing property 'runtime'"},
		"settings: another runtime":       {settings, `"provided.al2"`, `"go1.x"`, ".rpdk-config: at '/runtime': "},
		"settings: no entrypoint":         {settings, `"entrypoint": "bootstrap",`, "", "missing property 'entrypoint'"},
		"settings: another entrypoint":    {settings, `"entrypoint": "bootstrap"`, `"entrypoint": "main"`, ".rpdk-config: at '/entrypoint': value must be 'bootstrap'"},
		"settings: no test entrypoint":    {settings, `"testEntrypoint": "bootstrap",`, "", "missing property 'testEntrypoint'"},
		"settings: no protocol version":   {settings, `"protocolVersion": "2.0.0"`, `"a": 1`, ".rpdk-config: at '/settings': missing property 'protocolVersion'"},
		"settings: protocol version":      {settings, `"2.0.0"`, `"3.0.0"`, ".rpdk-config: at '/settings/protocolVersion': "},
		"settings: unknown key":           {settings, `"runtime"`, `"runTime": "", "runtime"`, ".rpdk-config: at the top: additional properties 'runTime' not allowed"},
		"schema: missing":                 {settings, "FSxNS3AP::Guard::Hook", "FSxNS3AP::Other::Hook", "fsxns3ap-other-hook.json: no such file or directory: the schema of FSxNS3AP::Other::Hook"},
		"schema: not JSON":                {schema, `"description"`, "description", "fsxns3ap-guard-hook.json: not JSON"},
		"schema: another type":            {schema, "FSxNS3AP::Guard::Hook", "FSxNS3AP::Guard::Hooks", "at '/typeName': FSxNS3AP::Guard::Hooks, but "},
		"schema: no type name":            {schema, `"typeName": "FSxNS3AP::Guard::Hook",`, "", "fsxns3ap-guard-hook.json: at the top: missing property 'typeName'"},
		"schema: no description":          {schema, `"description": "Judges resources`, `"title": "Judges resources`, "fsxns3ap-guard-hook.json: at the top: missing property 'description'"},
		"schema: plain URL":               {schema, `"sourceUrl": "https:`, `"sourceUrl": "http:`, "fsxns3ap-guard-hook.json: at '/sourceUrl': "},
		"schema: properties":              {schema, `"handlers"`, `"properties": {}, "handlers"`, "fsxns3ap-guard-hook.json: at the top: additional properties 'properties' not allowed"},
		"schema: open":                    {schema, "}\n    },\n    \"additionalProperties\": false\n}", "}\n    },\n    \"additionalProperties\": true\n}", "fsxns3ap-guard-hook.json: at '/additionalProperties': value must be false"},
		"schema: no configuration":        {schema, `"typeConfiguration"`, `"definitions"`, "missing property 'typeConfiguration'"},
		"schema: open configuration":      {schema, "        },\n        \"additionalProperties\": false", "        },\n        \"additionalProperties\": true", "at '/typeConfiguration/additionalProperties': value must be false"},
		"schema: reserved setting":        {schema, `"policy": {`, `"CloudFormationPolicy": {`, "at '/typeConfiguration/properties/CloudFormationPolicy': names that begin with CloudFormation"},
		"schema: setting's name":          {schema, `"policy": {`, `"policy-set": {`, "at '/typeConfiguration/properties/policy-set': the name of a setting has"},
		"schema: setting is a list":       {schema, `"type": "boolean"`, `"type": "array"`, "at '/typeConfiguration/properties/allowOlder/type': "},
		"schema: setting without type":    {schema, `"type": "boolean",`, "", "at '/typeConfiguration/properties/allowOlder': missing property 'type'"},
		"schema: pattern":                 {schema, `"pattern": "^(`, `"pattern": "^((`, "at '/typeConfiguration/properties/policy/pattern': "},
		"schema: configuration too large": {schema, `"policy": {`, many.String() + `"policy": {`, "at '/typeConfiguration': "},
		"schema: unknown handler":         {schema, `"preCreate"`, `"preRead"`, "fsxns3ap-guard-hook.json: at '/handlers': additional properties 'preRead' not allowed"},
		"schema: no permissions":          {schema, `"permissions"`, `"Permissions"`, "at '/handlers/preCreate': missing property 'permissions'"},
		"schema: permission's form":       {schema, `"s3:GetObject"`, `"GetObject"`, "at '/handlers/preCreate/permissions/0': "},
		"schema: all of CloudFormation":   {schema, `"s3:GetObjectVersion"`, `"cloudformation:*"`, "at '/handlers/preCreate/permissions/1': cloudformation:*: a hook may not have all permissions"},
		"schema: registering":             {schema, `"s3:GetObject"`, `"cloudformation:RegisterType"`, "at '/handlers/preCreate/permissions/0': cloudformation:RegisterType: a hook may not register types"},
		"schema: no targets":              {schema, `["AWS::*::*"]`, `[]`, "at '/handlers/preDelete/targetNames': "},
		"schema: target twice":            {schema, `["AWS::*::*"]`, `["STACK", "STACK"]`, "at '/handlers/preDelete/targetNames': "},
		"schema: wildcards":               {schema, `["AWS::*::*"]`, `["AWS::*?::*"]`, "at '/handlers/preDelete/targetNames/0': AWS::*?::*: *? is not allowed"},
		"schema: change set":              {schema, `["AWS::*::*", "STACK"]`, `["AWS::*::*", "CHANGE_SET"]`, "at '/handlers/preUpdate/targetNames/1': CHANGE_SET: only preCreate"},
		"inputs: not JSON":                {input, "{", "", "inputs_1_pre_create.json: not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := projectFiles(t)
			changed := strings.Replace(files[c.file], c.old, c.new, 1)
			if changed == files[c.file] {
				t.Fatalf("%s has no %s", c.file, c.old)
			}
			files[c.file] = changed
			_, err := pack.LoadProject(projectDir(t, files))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestSeveralErrors: a run tells everything that is wrong in a file.
func TestSeveralErrors(t *testing.T) {
	t.Parallel()
	files := projectFiles(t)
	files["fsxns3ap-guard-hook.json"] = strings.NewReplacer(`["AWS::*::*"]`, `["*?", "CHANGE_SET"]`).Replace(files["fsxns3ap-guard-hook.json"])
	dir := projectDir(t, files)
	_, err := pack.LoadProject(dir)
	if err == nil || strings.Count(err.Error(), "\n") != 1 || strings.Count(err.Error(), dir) != 2 {
		t.Errorf("%v", err)
	}
}

func TestNoProject(t *testing.T) {
	t.Parallel()
	if _, err := pack.LoadProject(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not the folder of a hook project") {
		t.Errorf("%v", err)
	}
	dir := projectDir(t, projectFiles(t))
	if err := os.Mkdir(filepath.Join(dir, "inputs", "more"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.LoadProject(dir); err == nil || !strings.Contains(err.Error(), "inputs/more") {
		t.Errorf("%v", err)
	}
}
