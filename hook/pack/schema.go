package pack

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The rules of the registry that a schema can express.
var (
	//go:embed hook.schema.json
	hookShape string
	//go:embed settings.schema.json
	settingsShape string
)

// settingName is what the registry takes as the name of a setting.
var settingName = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

// checkShape parses a document and checks it by a schema. The error has a line
// for everything that is wrong, with the JSON pointer to its place.
func checkShape(name string, content []byte, shape string) (any, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s: not JSON: %w", name, err)
	}
	schema, err := compile(shape)
	if err != nil {
		return nil, err
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(doc); errors.As(err, &invalid) {
		return nil, problems(name, invalid)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return doc, nil
}

func compile(shape string) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(shape))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	const url = "mem:///schema.json"
	if err := c.AddResource(url, doc); err != nil {
		return nil, err
	}
	return c.Compile(url)
}

// problems lists what is wrong: the errors that have no cause below them.
func problems(name string, invalid *jsonschema.ValidationError) error {
	var all []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			all = append(all, name+": "+strings.Replace(e.Error(), "at ''", "at the top", 1))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(invalid)
	slices.Sort(all)
	return errors.New(strings.Join(all, "\n"))
}

// checkSchema checks the hook schema of a type.
func checkSchema(name string, content []byte, typeName string) error {
	doc, err := checkShape(name, content, hookShape)
	if err != nil {
		return err
	}
	root, _ := doc.(map[string]any)
	if root["typeName"] != typeName {
		return fmt.Errorf("%s: at '/typeName': %v, but %s says %s", name, root["typeName"], settingsName, typeName)
	}
	var all []error
	problem := func(pointer, why string) {
		if why != "" {
			all = append(all, fmt.Errorf("%s: at '%s': %s", name, pointer, why))
		}
	}
	for setting := range objects(root, "typeConfiguration", "properties") {
		problem("/typeConfiguration/properties/"+setting, checkSetting(setting))
	}
	for handler, h := range objects(root, "handlers") {
		for i, target := range texts(h["targetNames"]) {
			problem(fmt.Sprintf("/handlers/%s/targetNames/%d", handler, i), checkTarget(handler, target))
		}
		for i, permission := range texts(h["permissions"]) {
			problem(fmt.Sprintf("/handlers/%s/permissions/%d", handler, i), checkPermission(permission))
		}
	}
	return errors.Join(all...)
}

// checkSetting returns what is wrong with the name of a setting, or "".
func checkSetting(name string) string {
	switch {
	case strings.HasPrefix(name, "CloudFormation"):
		return "names that begin with CloudFormation are reserved"
	case !settingName.MatchString(name):
		return "the name of a setting has 1 to 64 letters and digits"
	}
	return ""
}

// checkTarget returns what is wrong with a target name, or "".
func checkTarget(handler, target string) string {
	switch {
	case strings.Contains(target, "*?"):
		return fmt.Sprintf("%s: *? is not allowed: leave the ? out", target)
	case target == "CHANGE_SET" && handler != "preCreate":
		return "CHANGE_SET: only preCreate is called for change sets"
	}
	return ""
}

// checkPermission returns what is wrong with a permission, or "".
func checkPermission(permission string) string {
	switch lower := strings.ToLower(permission); {
	case strings.Contains(lower, "cloudformation:*"):
		return fmt.Sprintf("%s: a hook may not have all permissions of CloudFormation: name the actions", permission)
	case lower == "cloudformation:registertype":
		return fmt.Sprintf("%s: a hook may not register types", permission)
	}
	return ""
}

// objects returns the members, sorted by name, of an object inside one that was
// checked.
func objects(root map[string]any, path ...string) iter.Seq2[string, map[string]any] {
	for _, name := range path {
		root, _ = root[name].(map[string]any)
	}
	return func(yield func(string, map[string]any) bool) {
		for _, name := range slices.Sorted(maps.Keys(root)) {
			if member, _ := root[name].(map[string]any); !yield(name, member) {
				return
			}
		}
	}
}

// texts returns the texts of a list that was checked.
func texts(list any) []string {
	values, _ := list.([]any)
	out := make([]string, len(values))
	for i, v := range values {
		out[i], _ = v.(string)
	}
	return out
}
