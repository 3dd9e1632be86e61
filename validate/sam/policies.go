package sam

import (
	"bytes"
	_ "embed" // The data of this file.
	"encoding/json"
	"strings"
	"sync"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// policyTemplateData are the policy templates by name: their parameters and
// their document. tools/samgolden.py takes them from aws-sam-translator.
//
//go:embed policies.json
var policyTemplateData []byte

// managedPolicyData are the managed policies whose ARN has a path, one a line.
//
//go:embed managed.txt
var managedPolicyData string

type policyTemplate struct {
	Parameters []string
	Document   any
}

var policyTemplates = sync.OnceValues(func() (map[string]policyTemplate, error) {
	out := map[string]policyTemplate{}
	dec := json.NewDecoder(bytes.NewReader(policyTemplateData))
	dec.UseNumber()
	return out, dec.Decode(&out)
})

var managedPolicyPaths = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, path := range strings.Fields(managedPolicyData) {
		out[path[strings.LastIndexByte(path, '/')+1:]] = path
	}
	return out
})

// awsPolicy is the ARN of a policy that AWS manages, from its path.
func (x *expander) awsPolicy(path string) string {
	return "arn:" + x.partition() + ":iam::aws:policy/" + path
}

// policyARN is the ARN of a managed policy given by name, or the text itself
// when it is no name.
func (x *expander) policyARN(text string) string {
	if strings.ContainsAny(text, ":/") || text == "" {
		return text
	}
	if path, ok := managedPolicyPaths()[text]; ok {
		return x.awsPolicy(path)
	}
	return x.awsPolicy(text)
}

// fromTemplate makes the document of a policy template: a map with its name as
// the only key, of a map of parameters. ok tells that there is such a template;
// without a document, a gap says why.
func (p *rolePolicies) fromTemplate(policy prop) (document *template.Node, ok bool) {
	if !policy.isMap() || len(policy.node.Keys) != 1 {
		return nil, false
	}
	templates, err := policyTemplates()
	if err != nil {
		return nil, false
	}
	name, given := policy.node.Keys[0].Name, prop{policy.node.Keys[0].Pos, policy.node.Items[0]}
	t, ok := templates[name]
	if !ok {
		return nil, false
	}
	parameters := map[string]*template.Node{}
	for _, parameter := range t.Parameters {
		value := given.get(parameter)
		if !value.present() {
			p.gap(given.at, "the policy template %s needs %s", name, parameter)
			return nil, true
		}
		parameters[parameter] = value.node
	}
	return instantiate(given.at, t.Document, parameters), true
}

// instantiate makes a node of a value of a policy template, in which Ref names a
// parameter of the policy template.
func instantiate(pos template.Pos, v any, parameters map[string]*template.Node) *template.Node {
	switch v := v.(type) {
	case list:
		n := &template.Node{Kind: template.List, Pos: pos, Pure: true}
		for _, item := range v {
			add(n, instantiate(pos, item, parameters))
		}
		return n
	case object:
		if name, ok := v[fnRef].(string); ok {
			if value := parameters[name]; value != nil {
				return value
			}
			return ref(pos, name)
		}
		if arg, ok := v[fnSub]; ok {
			return instantiateSub(pos, arg, parameters)
		}
		out := object{}
		for name, item := range v {
			out[name] = instantiate(pos, item, parameters)
		}
		return build(pos, out)
	}
	return build(pos, v)
}

func instantiateSub(pos template.Pos, arg any, parameters map[string]*template.Node) *template.Node {
	if text, ok := arg.(string); ok {
		return sub(pos, text, nil)
	}
	args, _ := arg.(list)
	if len(args) != 2 {
		return build(pos, nil)
	}
	text, _ := args[0].(string)
	variables, _ := args[1].(object)
	out := object{}
	for name, value := range variables {
		out[name] = instantiate(pos, value, parameters)
	}
	return sub(pos, text, out)
}
