// Package parameters reads the values of template parameters that a command
// line gives, by itself and in files, and says which of them a template does not
// take.
package parameters

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// ErrUsage marks what is wrong with the command line, not with a file.
var ErrUsage = errors.New("the command line makes no sense")

type usageError struct{ error }

func (e usageError) Is(target error) bool { return target == ErrUsage }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// pseudoParameters are those that a run can pin.
var pseudoParameters = [...]string{
	"AWS::AccountId", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
}

// Given are the values that a command line gives.
type Given struct {
	// Values are by the names of parameters and pseudo parameters.
	Values map[string]string
	from   map[string]string // where a value comes from
}

// Read reads files, in the forms that the AWS command line knows, and then the
// values of --parameters, "Key=Value" each, which win. An error matches ErrUsage
// where such a text is no value.
func Read(files, values []string) (*Given, error) {
	p := &Given{Values: map[string]string{}, from: map[string]string{}}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("parameter file: %w", err)
		}
		entries, err := parse(file, src)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if from, twice := p.from[e.key]; twice {
				return nil, fmt.Errorf("%s: the parameter %s is in %s already", file, e.key, from)
			}
			p.Values[e.key], p.from[e.key] = e.value, file
		}
	}
	given := map[string]bool{}
	for _, text := range values {
		key, value, ok := strings.Cut(text, "=")
		switch {
		case !ok || key == "":
			return nil, usagef("--parameters: %q is not of the form Key=Value", text)
		case given[key]:
			return nil, usagef("--parameters: %s is given twice", key)
		}
		given[key] = true
		p.Values[key], p.from[key] = value, "--parameters"
	}
	for key := range p.Values {
		if strings.HasPrefix(key, "AWS::") && !slices.Contains(pseudoParameters[:], key) {
			return nil, fmt.Errorf("%s: there is no pseudo parameter %s (want one of %s)", p.from[key], key, strings.Join(pseudoParameters[:], ", "))
		}
	}
	return p, nil
}

// Undeclared lists the values that no template declares a parameter for.
// declared are the parameters of all templates.
func (p *Given) Undeclared(declared map[string]bool) []string {
	var out []string
	for key := range p.Values {
		if !declared[key] && !strings.HasPrefix(key, "AWS::") {
			out = append(out, fmt.Sprintf("%s: no template declares the parameter %s", p.from[key], key))
		}
	}
	slices.Sort(out)
	return out
}

// Refused lists the values with which CloudFormation would not deploy a
// template, at the declarations of their parameters. Values of NoEcho parameters
// are not shown.
func (p *Given) Refused(t *template.Template) []*template.Error {
	var out []*template.Error
	for _, param := range t.Parameters {
		value, ok := p.Values[param.Name]
		if !ok || strings.HasPrefix(param.Type, "AWS::SSM::") || validate.Admits(param, value) {
			continue
		}
		shown := fmt.Sprintf(" %q", value)
		if param.NoEcho {
			shown = ""
		}
		out = append(out, &template.Error{
			File: t.File, Pos: param.Pos,
			Message: fmt.Sprintf("the parameter %s does not allow the value%s from %s", param.Name, shown, p.from[param.Name]),
		})
	}
	return out
}

// Declared adds the names of a template's parameters to a set.
func Declared(set map[string]bool, t *template.Template) {
	for _, p := range t.Parameters {
		set[p.Name] = true
	}
}
