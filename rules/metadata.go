package rules

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"
)

var (
	ruleID       = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	resourceType = regexp.MustCompile(`^[A-Za-z0-9:@_*-]+$`)
)

// metadata reads the METADATA block of a rule's package. OPA reads the same
// block, but passes over keys that it does not know, so that a misspelled key
// would be lost.
func metadata(file string, m *ast.Module) (*Rule, LoadErrors) {
	var errs LoadErrors
	pkg := m.Package.Location.Row
	start := -1
	for i, c := range m.Comments {
		if c.Location.Row >= pkg || strings.TrimSpace(string(c.Text)) != "METADATA" {
			continue
		}
		if start >= 0 {
			errs.add(file, c.Location.Row, c.Location.Col, "a second METADATA block for one package")
			return nil, errs
		}
		start = i
	}
	if start < 0 {
		errs.add(file, pkg, 1, "the package has no METADATA block, so it is no rule; libraries belong below guardhook.lib")
		return nil, errs
	}
	first := m.Comments[start].Location
	var text strings.Builder
	for i, c := range m.Comments[start+1:] {
		if c.Location.Row != first.Row+1+i || c.Location.Row >= pkg {
			break
		}
		text.WriteString(strings.TrimPrefix(string(c.Text), " "))
		text.WriteByte('\n')
	}

	y := yamlReader{file: file, row: first.Row, col: first.Col + 1, errs: &errs}
	root := y.parse([]byte(text.String()))
	if root == nil {
		return nil, errs
	}
	r := &Rule{File: file, Line: first.Row, Scope: ""}
	var custom *yaml.Node
	y.fields(root, "METADATA", map[string]func(*yaml.Node){
		"title":             func(n *yaml.Node) { r.Title = y.text(n) },
		"description":       func(n *yaml.Node) { r.Description = strings.TrimSpace(y.text(n)) },
		"related_resources": func(n *yaml.Node) { r.RelatedResources = y.links(n) },
		"custom":            func(n *yaml.Node) { custom = n },
		"scope": func(n *yaml.Node) {
			if y.text(n) != "package" {
				y.fail(n, "the METADATA of a rule describes its package: scope must be package")
			}
		},
		"organizations": func(*yaml.Node) {},
		"authors":       func(*yaml.Node) {},
	})
	if custom == nil {
		y.fail(root, "METADATA has no custom section with the rule's id")
		return nil, errs
	}
	y.custom(custom, r)
	for _, want := range []struct {
		what    string
		node    *yaml.Node
		missing bool
	}{
		{"title", root, r.Title == ""},
		{"custom.id", custom, r.ID == ""},
		{"custom.severity", custom, r.Severity == 0},
		{"custom.scope", custom, r.Scope == ""},
		{"custom.resource_types", custom, len(r.ResourceTypes) == 0},
	} {
		if want.missing && len(errs) == 0 {
			y.fail(want.node, "METADATA has no %s", want.what)
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	if r.Actions == nil {
		r.Actions = []string{ActionCreate, ActionUpdate}
	}
	r.DefaultLevel = defaultLevel(r.Severity)
	return r, nil
}

func (y yamlReader) custom(n *yaml.Node, r *Rule) {
	y.fields(n, "custom", map[string]func(*yaml.Node){
		"id": func(n *yaml.Node) {
			if r.ID = y.text(n); !ruleID.MatchString(r.ID) {
				y.fail(n, "id %q is not of the form %s", r.ID, ruleID)
			}
		},
		"severity": func(n *yaml.Node) {
			var ok bool
			if r.Severity, ok = ParseSeverity(y.text(n)); !ok {
				y.fail(n, "unknown severity %q (want INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL)", n.Value)
			}
		},
		"scope": func(n *yaml.Node) {
			if r.Scope = y.text(n); r.Scope != ScopeResource && r.Scope != ScopeTemplate {
				y.fail(n, "unknown scope %q (want %s or %s)", r.Scope, ScopeResource, ScopeTemplate)
			}
		},
		"resource_types": func(n *yaml.Node) {
			r.ResourceTypes = y.texts(n)
			for i, t := range r.ResourceTypes {
				if !resourceType.MatchString(t) {
					y.fail(n.Content[i], "%q is neither a resource type nor a pattern of one", t)
				}
			}
		},
		"actions": func(n *yaml.Node) {
			r.Actions = y.texts(n)
			for i, a := range r.Actions {
				if a != ActionCreate && a != ActionUpdate && a != ActionDelete {
					y.fail(n.Content[i], "unknown action %q (want CREATE, UPDATE or DELETE)", a)
				}
			}
			if len(r.Actions) == 0 {
				y.fail(n, "actions is empty: the rule would never be evaluated")
			}
		},
		"remediation":  func(n *yaml.Node) { r.Remediation = strings.TrimSpace(y.text(n)) },
		"witnesses":    func(n *yaml.Node) { r.Witnesses = y.texts(n) },
		"literals":     func(n *yaml.Node) { r.Literals = y.boolean(n) },
		"non_waivable": func(n *yaml.Node) { r.NonWaivable = y.boolean(n) },
		"controls": func(n *yaml.Node) {
			r.Controls = map[string][]string{}
			y.each(n, "controls", func(key, value *yaml.Node) {
				r.Controls[key.Value] = y.texts(value)
			})
		},
	})
}

// links reads related_resources: URLs, or mappings with the URL at ref.
func (y yamlReader) links(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		y.fail(n, "related_resources must be a list")
		return nil
	}
	var out []string
	for _, item := range n.Content {
		link := ""
		if item.Kind == yaml.MappingNode {
			y.fields(item, "related_resources", map[string]func(*yaml.Node){
				"ref":         func(n *yaml.Node) { link = y.text(n) },
				"description": func(*yaml.Node) {},
			})
		} else {
			link = y.text(item)
		}
		u, err := url.Parse(link)
		if err != nil || u.Scheme == "" || u.Host == "" {
			y.fail(item, "%q is no URL", link)
			continue
		}
		out = append(out, link)
	}
	return out
}
