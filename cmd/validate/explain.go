package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// readOne loads the one template that a subcommand is about.
func (c *Command) readOne(file string, params *parameters.Given) (*template.Template, error) {
	t, err := c.read(input{path: file, named: true}, params)
	if err != nil {
		var errs template.Errors
		if errors.As(err, &errs) {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	declared := map[string]bool{}
	parameters.Declared(declared, t)
	for _, problem := range params.Undeclared(declared) {
		return nil, fmt.Errorf("%s", problem)
	}
	for _, problem := range params.Refused(t) {
		return nil, problem
	}
	return t, nil
}

// resolve writes resources as CloudFormation would provision them.
func (c *Command) resolve(g *grammar) (int, error) {
	args := &g.Resolve
	if args.Format != "yaml" && args.Format != "json" {
		return 0, usagef("--format: unknown format %q (want yaml or json)", args.Format)
	}
	params, err := readParameters(g)
	if err != nil {
		return 0, err
	}
	t, err := c.readOne(args.File, params)
	if err != nil {
		return 0, err
	}
	v := validate.New(nil, validate.Options{Parameters: params.Values, Children: children{}})
	list, err := v.Resolve(t, args.Resource)
	if err != nil {
		return 0, err
	}
	type resolved struct {
		Resource   string         `json:"resource" yaml:"resource"`
		Type       string         `json:"type" yaml:"type"`
		When       string         `json:"when,omitempty" yaml:"when,omitempty"`
		Properties map[string]any `json:"properties" yaml:"properties"`
	}
	out := []resolved{}
	stacks := args.Resource[:strings.LastIndex(args.Resource, "/")+1]
	for _, d := range list {
		out = append(out, resolved{stacks + d.Resource.ID, d.Resource.Type, d.When.String(), d.Properties})
	}
	if args.Format == "json" {
		return exitClean, writeJSON(c.Stdout, out)
	}
	for i := range out {
		out[i].Properties, _ = decimal(out[i].Properties).(map[string]any)
	}
	return exitClean, writeYAML(c.Stdout, out, "")
}

// decimal makes YAML numbers of JSON numbers, digit by digit as they are.
func decimal(v any) any {
	switch v := v.(type) {
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(v.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: v.String()}
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = decimal(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = decimal(item)
		}
		return out
	}
	return v
}

// writeYAML writes a document, every line behind indent.
func writeYAML(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(decimal(v)); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, indent+line); err != nil {
			return err
		}
	}
	return nil
}

// explain writes what a rule was given, and what it said.
func (c *Command) explain(ctx context.Context, g *grammar) (int, error) {
	args := &g.Explain
	params, err := readParameters(g)
	if err != nil {
		return 0, err
	}
	set, _, err := c.load(g)
	if err != nil {
		return 0, err
	}
	rule, err := findRule(set, args.Rule)
	if err != nil {
		return 0, err
	}
	t, err := c.readOne(args.File, params)
	if err != nil {
		return 0, err
	}
	v := validate.New(set, validate.Options{Parameters: params.Values, Now: c.Now, Children: children{}})
	at, err := v.Locate(t, args.Resource)
	if err != nil {
		return 0, err
	}
	list, err := v.Explain(ctx, t, args.Resource, rule)
	if err != nil {
		return 0, err
	}
	res := at.Resource
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n%s:%d:%d: %s (%s)\n", rule.ID, rule.Title, at.Template.File, res.Line, res.Col, args.Resource, res.Type)
	fmt.Fprintf(&b, "severity %s, level %s, rule in %s:%d\n", rule.Severity, set.Level(rule, rules.Stack{}), rule.File, rule.Line)
	for _, e := range list {
		if err := writeExplanation(&b, e, len(list)); err != nil {
			return 0, err
		}
	}
	_, err = b.WriteTo(c.Stdout)
	return exitClean, err
}

func writeExplanation(b *bytes.Buffer, e validate.Explanation, of int) error {
	when := e.When.String()
	switch {
	case when == "" && of == 1:
		when = "every deployment"
	case when == "":
		when = "otherwise"
	}
	fmt.Fprintf(b, "\nwhen %s", when)
	for i, a := range e.Witness {
		sep := ", "
		if i == 0 {
			sep = ", if "
		}
		fmt.Fprintf(b, "%s%s", sep, a)
	}
	fmt.Fprintln(b, ":")
	switch {
	case e.Err != nil:
		fmt.Fprintf(b, "  error: %v\n", e.Err)
		return nil
	case e.Absent:
		fmt.Fprintln(b, "  the resource is not created")
		return nil
	case len(e.Violations) == 0:
		fmt.Fprintln(b, "  passes")
	}
	for _, violation := range e.Violations {
		fmt.Fprintf(b, "  fails: %s: %s\n", violation.Path, violation.Message)
	}
	fmt.Fprintln(b, "  the rule saw:")
	return writeYAML(b, e.Input, "    ")
}
