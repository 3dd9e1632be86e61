package report

import (
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// childFolder has the files of a case that are judged as nested stacks only.
const childFolder = "children/"

// children finds nested stacks among the files of a case.
type children []txtar.File

// Child implements validate.Children.
func (c children) Child(_ string, stack *template.Resource) (string, []byte, error) {
	if url := stack.Properties.Get("TemplateURL"); url != nil {
		for _, f := range c {
			if f.Name == url.Text {
				return f.Name, f.Data, nil
			}
		}
	}
	return "", nil, nil
}
