package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Limits of the registry.
const (
	// maxSettings is in bytes.
	maxSettings = 10 << 10
	// maxConfiguration is in characters (SetTypeConfiguration).
	maxConfiguration = 60_000
)

// Project is what describes a hook type to the registry. It is valid.
type Project struct {
	// TypeName is the name of the type, Organization::Service::Hook.
	TypeName string

	settings, schema []byte
	// configuration is the schema of type configurations.
	configuration []byte
	inputs        []file
}

// LoadProject reads the project in a folder: .rpdk-config, the hook schema in the
// file that is named after the type, and the files of inputs, which contract
// tests read, if there are any. The error has a line for everything that is
// wrong, with the file and the place in it.
func LoadProject(dir string) (*Project, error) {
	settings := filepath.Join(dir, settingsName)
	p := &Project{}
	var err error
	if p.settings, err = os.ReadFile(settings); err != nil {
		return nil, fmt.Errorf("%w: not the folder of a hook project", err)
	}
	if p.TypeName, err = checkSettings(settings, p.settings); err != nil {
		return nil, err
	}
	schema := filepath.Join(dir, p.Name()+".json")
	if p.schema, err = os.ReadFile(schema); err != nil {
		return nil, fmt.Errorf("%w: the schema of %s, the typeName of %s, belongs there", err, p.TypeName, settings)
	}
	if err := checkSchema(schema, p.schema, p.TypeName); err != nil {
		return nil, err
	}
	if p.configuration, err = configurationSchema(p.schema, p.TypeName); err != nil {
		return nil, fmt.Errorf("%s: %w", schema, err)
	}
	if n := utf8.RuneCount(p.configuration); n > maxConfiguration {
		return nil, fmt.Errorf("%s: at '/typeConfiguration': %d characters, %d more than the registry takes", schema, n, n-maxConfiguration)
	}
	p.inputs, err = readInputs(filepath.Join(dir, inputsName))
	return p, err
}

// Name returns the name of the type as a file name: organization-service-hook.
func (p *Project) Name() string {
	return strings.ToLower(strings.ReplaceAll(p.TypeName, "::", "-"))
}

// readInputs reads the files of a folder in the order of their names.
func readInputs(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []file
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if !json.Valid(content) {
			return nil, fmt.Errorf("%s: not JSON", name)
		}
		files = append(files, file{inputsName + "/" + e.Name(), plain, content})
	}
	return files, nil
}

// checkSettings checks a .rpdk-config and returns the type's name.
func checkSettings(name string, content []byte) (typeName string, err error) {
	if len(content) > maxSettings {
		return "", fmt.Errorf("%s: %d bytes, %d more than the registry takes", name, len(content), len(content)-maxSettings)
	}
	doc, err := checkShape(name, content, settingsShape)
	if err != nil {
		return "", err
	}
	root, _ := doc.(map[string]any)
	typeName, _ = root["typeName"].(string)
	first, _, _ := strings.Cut(typeName, "::")
	for _, reserved := range reservedNames() {
		if strings.EqualFold(first, reserved) {
			return "", fmt.Errorf("%s: at '/typeName': the organization %s is reserved", name, first)
		}
	}
	return typeName, nil
}

// reservedNames are the first parts of type names that are not for private types.
func reservedNames() []string {
	return []string{"Alexa", "AMZN", "Amazon", "ASK", "AWS", "Custom", "Dev"}
}
