package report

import (
	"strings"

	"github.com/fsxns3ap/guardhook/validate"
)

// Stack says which deployment of a template a nested stack is.
type Stack struct {
	// Path are the logical ids that lead to it from the template in Root, with
	// slashes: "Orders/Queues".
	Path string `json:"stackPath,omitempty"`
	Root string `json:"root,omitempty"`
}

func stackOf(res *validate.Result) Stack { return Stack{Path: res.StackPath, Root: res.Root} }

// text is empty where the template is no nested stack.
func (s Stack) text() string {
	if s.Path == "" {
		return ""
	}
	return s.Path + " in " + s.Root
}

// origin are the facts that say where a finding's resource comes from.
func (f *Finding) origin() []fact {
	var out []fact
	if s := f.Stack.text(); s != "" {
		out = append(out, fact{"stack", plain(s)})
	}
	if f.Construct != "" {
		out = append(out, fact{"construct", plain(f.Construct)})
	}
	return out
}

// qualified is the logical id with the path of stacks.
func (f *Finding) qualified() string { return strings.TrimPrefix(f.Stack.Path+"/"+f.Resource, "/") }

// name tells templates apart: the file, with the nested stack that it is.
func (t *Template) name() string {
	if s := t.Stack.text(); s != "" {
		return t.File + " (" + s + ")"
	}
	return t.File
}
