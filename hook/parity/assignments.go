package parity

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// maxAssignments bounds the deployments of one template that are replayed.
const maxAssignments = 64

// assignments are values for all parameters of a template: one deployment with
// its defaults, one for each scenario that its conditions tell apart, and one
// for each allowed value.
func assignments(t *template.Template) []map[string]string {
	base := emulate.Pseudo()
	for _, p := range t.Parameters {
		if v, ok := value(p, nil); ok {
			base[p.Name] = v
		}
	}
	out := []map[string]string{base}
	seen := map[string]bool{describe(base): true}
	add := func(change func(map[string]string)) {
		values := maps.Clone(base)
		change(values)
		emulate.SetStackID(values)
		if key := describe(values); !seen[key] && len(out) < maxAssignments {
			seen[key] = true
			out = append(out, values)
		}
	}
	deployments, err := validate.Resolve(t, nil, "")
	if err != nil {
		deployments = nil
	}
	for _, d := range deployments {
		add(func(values map[string]string) {
			for _, c := range d.When {
				constrain(t, values, c)
			}
		})
	}
	for _, p := range t.Parameters {
		for _, v := range p.AllowedValues {
			if validate.Admits(p, v) {
				add(func(values map[string]string) { values[p.Name] = v })
			}
		}
	}
	return out
}

// constrain chooses a value that meets a constraint, where there is one.
func constrain(t *template.Template, values map[string]string, c validate.Constraint) {
	p := t.Parameter(c.Symbol)
	_, isPseudo := values[c.Symbol]
	switch {
	case p == nil && (!isPseudo || c.Symbol == "AWS::StackId"):
	case len(c.In) > 0:
		values[c.Symbol] = c.In[0]
	case p == nil:
		if slices.Contains(c.Not, values[c.Symbol]) {
			values[c.Symbol] = otherPseudo(c.Symbol, c.Not)
		}
	default:
		if v, ok := value(p, c.Not); ok {
			values[c.Symbol] = v
		}
	}
}

func otherPseudo(name string, not []string) string {
	candidates := map[string][]string{
		"AWS::Region":    {"us-east-1", "us-west-2", "eu-central-1", "ap-south-1", "sa-east-1"},
		"AWS::Partition": {"aws-us-gov", "aws-cn", "aws"},
		"AWS::AccountId": {"444455556666", "777788889999"},
		"AWS::StackName": {"other", "another"},
		"AWS::URLSuffix": {"amazonaws.com.cn", "amazonaws.com"},
	}[name]
	for _, v := range candidates {
		if !slices.Contains(not, v) {
			return v
		}
	}
	return emulate.Pseudo()[name]
}

// value finds a value that a parameter admits, other than those in not.
func value(p *template.Parameter, not []string) (string, bool) {
	if strings.HasPrefix(p.Type, "AWS::SSM::Parameter::Value<") {
		// What it is given is the name of a value.
		return "", false
	}
	var candidates []string
	if p.Default != nil {
		candidates = append(candidates, *p.Default)
	}
	candidates = append(candidates, p.AllowedValues...)
	candidates = append(
		candidates, "example", "example-value-of-some-length", "1", "30", "100", "1000", "true", "Example1", "example.com",
		"admin@example.com", "10.20.0.0/16", "10.20.0.0/24", "vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60718,subnet-1a1b2c3d4e5f60718",
		"subnet-0a1b2c3d4e5f60718", "sg-0a1b2c3d4e5f60718", "ami-0a1b2c3d4e5f60718", "t3.micro", "arn:aws:sns:eu-west-1:111122223333:alerts",
		"arn:aws:s3:::example", "111122223333", "https://example.com/", "2026-01-31", "rate(1 day)", "",
	)
	for _, v := range candidates {
		if !slices.Contains(not, v) && validate.Admits(p, v) {
			return v, true
		}
	}
	return "", false
}

// describe names an assignment, in the order of names.
func describe(values map[string]string) string {
	parts := make([]string, 0, len(values))
	for name, v := range values {
		if name != "AWS::StackId" && (!strings.HasPrefix(name, "AWS::") || emulate.Pseudo()[name] != v) {
			parts = append(parts, name+"="+v)
		}
	}
	slices.SortFunc(parts, cmp.Compare)
	return strings.Join(parts, ", ")
}
