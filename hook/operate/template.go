package operate

import (
	"fmt"

	"github.com/fsxns3ap/guardhook/internal/stacks"
	"github.com/fsxns3ap/guardhook/templates"
)

// hookTemplate returns the text of a template of the hook.
func hookTemplate(name string) (string, error) {
	text, err := templates.Hook.ReadFile("hook/" + name)
	if err != nil {
		return "", err
	}
	if len(text) > stacks.MaxTemplateBytes {
		return "", fmt.Errorf("template %s: larger than %d bytes", name, stacks.MaxTemplateBytes)
	}
	return string(text), nil
}
