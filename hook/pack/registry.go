package pack

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
)

// Entries of the package that the registry reads, as the CloudFormation CLI
// names them.
const (
	configurationName = "configuration-schema.json"
	settingsName      = ".rpdk-config"
	schemaName        = "schema.json"
	inputsName        = "inputs"
	handlerName       = "handler.zip"
	metadataName      = ".cfn_metadata.json"
)

// layoutVersion is the version of the CloudFormation CLI whose layout the package
// has. The registry expects a version beside the code.
const layoutVersion = "0.2.41"

// Registry returns the package that registers the hook type of a project with
// bootstrap as its program (RegisterType, SchemaHandlerPackage). It refuses a
// program that is not a static Linux executable for RegistryArch.
func Registry(p *Project, bootstrap []byte) (*Archive, error) {
	handler, err := Lambda(bootstrap, RegistryArch)
	if err != nil {
		return nil, err
	}
	metadata, err := json.Marshal(map[string]string{"cli-version": layoutVersion})
	if err != nil {
		return nil, err
	}
	files := []file{
		{configurationName, plain, p.configuration},
		{settingsName, plain, p.settings},
		{schemaName, plain, p.schema},
	}
	files = append(files, p.inputs...)
	files = append(files, file{handlerName, plain, handler.Content}, file{metadataName, plain, metadata})
	return archive(zip.Store, files)
}

// configurationSchema derives the schema of type configurations from a hook
// schema that is valid: its typeConfiguration, an empty set of definitions, and
// the name of the type. Order and indentation are the CLI's.
func configurationSchema(schema []byte, typeName string) ([]byte, error) {
	var doc struct {
		TypeConfiguration json.RawMessage `json:"typeConfiguration"`
	}
	if err := json.Unmarshal(schema, &doc); err != nil {
		return nil, err
	}
	object := bytes.TrimSuffix(doc.TypeConfiguration, []byte("}"))
	joined := fmt.Appendf(nil, `%s,"definitions":{},"typeName":%q}`, object, typeName)
	var out bytes.Buffer
	if err := json.Indent(&out, joined, "", "    "); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
