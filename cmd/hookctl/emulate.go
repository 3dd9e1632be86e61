package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/hook/emulate"
	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/internal/policyset"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// judgeArgs are the flags of the commands that run the hook here.
type judgeArgs struct {
	Policy        string   `placeholder:"SET"`
	Config        string   `placeholder:"FILE"`
	Strict        bool     `help:"Block what is violated in some deployments."`
	Parameters    []string `sep:"none" placeholder:"KEY=VALUE"`
	ParameterFile []string `sep:"none" placeholder:"FILE"`
	JSON          bool     `name:"json"`
}

type emulateArgs struct {
	Template  string `arg:"" optional:"" name:"template"`
	ChangeSet string `placeholder:"FILE"`
	Previous  string `placeholder:"TEMPLATE"`
	Target    []string
	Action    string
	Mode      string `default:"FAIL"`
	Events    string `placeholder:"DIR"`
	judgeArgs
}

// emulation is what emulate is asked to do.
type emulation struct {
	events []emulate.Event
	action string // what is done with the stack
	mode   emulate.Mode
	// template and values are those of the stack; nil for a change set.
	template *template.Template
	values   map[string]string
}

// emulate runs the events that CloudFormation would send for a template or a
// change set.
func (c *Command) emulate(ctx context.Context, g *grammar) (int, error) {
	args := &g.Emulate
	e, err := args.read()
	if err != nil {
		return 0, err
	}
	out := &emulateReport{Events: []emulatedEvent{}, Notes: []string{}}
	if g.DryRun {
		for i := range e.events {
			out.Events = append(out.Events, planned(&e.events[i]))
		}
		return exitClean, c.writeEmulation(out, args.JSON)
	}
	if err := saveEvents(args.Events, e.events); err != nil {
		return 0, err
	}
	set, source, err := c.policySet(&args.judgeArgs)
	if err != nil {
		return 0, err
	}
	open, err := e.validate(ctx, c, set)
	if err != nil {
		return 0, err
	}
	runner := emulate.NewRunner(emulate.Options{Set: set, Config: args.config(), Now: c.Now})
	results, err := runner.Run(ctx, e.events, open)
	if err != nil {
		return 0, err
	}
	out.Policy = newPolicy(set, source)
	out.fill(e, results, open)
	return out.code(), c.writeEmulation(out, args.JSON)
}

// validate judges the template with its final parameters; nil without one.
func (e *emulation) validate(ctx context.Context, c *Command, set *rules.Set) (*validate.Result, error) {
	if e.template == nil {
		return nil, nil
	}
	return validate.New(set, validate.Options{Parameters: e.values, Now: c.Now}).Validate(ctx, e.template)
}

func (c *Command) policySet(args *judgeArgs) (*rules.Set, string, error) {
	return policyset.Load(policyset.Source{Policy: args.Policy, Config: args.Config, Now: c.Now})
}

func (a *judgeArgs) config() hook.Config {
	config := hook.DefaultConfig()
	config.Strict = a.Strict
	return config
}

// read reads what the command line names, and makes the events.
func (a *emulateArgs) read() (*emulation, error) {
	mode := emulate.Mode(strings.ToUpper(a.Mode))
	switch {
	case mode != emulate.ModeFail && mode != emulate.ModeWarn:
		return nil, usagef("--mode: unknown mode %q (want WARN or FAIL)", a.Mode)
	case (a.Template == "") == (a.ChangeSet == ""):
		return nil, usagef("want a template or --change-set, and not both")
	}
	var e *emulation
	var err error
	if a.ChangeSet != "" {
		e, err = a.readChangeSet()
	} else {
		e, err = a.readTemplate()
	}
	if err != nil {
		return nil, err
	}
	e.mode = mode
	if len(e.events) == 0 {
		return nil, errors.New("there is nothing to do for CloudFormation, and so no event")
	}
	return e, nil
}

func (a *emulateArgs) readChangeSet() (*emulation, error) {
	if a.Action != "" || a.Previous != "" || len(a.Parameters)+len(a.ParameterFile) > 0 {
		return nil, usagef("--change-set tells all by itself: --action, --previous, --parameters and --parameter-file are for templates")
	}
	possible := []hook.Kind{hook.ChangeSet, hook.Resource}
	kinds, err := a.kinds(possible, possible)
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(a.ChangeSet)
	if err != nil {
		return nil, err
	}
	set, err := emulate.ParseChangeSet(a.ChangeSet, src)
	if err != nil {
		return nil, err
	}
	return &emulation{events: set.Events(kinds), action: rules.ActionUpdate}, nil
}

func (a *emulateArgs) readTemplate() (*emulation, error) {
	action, err := a.action()
	if err != nil {
		return nil, err
	}
	usual := emulate.Kinds(action)
	kinds, err := a.kinds(append(slices.Clip(usual), hook.CloudControl), usual)
	if err != nil {
		return nil, err
	}
	params, err := readParameters(&a.judgeArgs)
	if err != nil {
		return nil, err
	}
	op := emulate.Operation{Action: action, Kinds: kinds}
	declared := map[string]bool{}
	if op.Template, op.Values, err = loadDeployed(a.Template, params, declared); err != nil {
		return nil, err
	}
	if a.Previous != "" {
		if op.Previous, op.PreviousValues, err = loadDeployed(a.Previous, params, declared); err != nil {
			return nil, err
		}
	}
	if problems := params.Undeclared(declared); len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "\n"))
	}
	events, err := op.Events()
	return &emulation{events: events, action: action, template: op.Template, values: op.Values}, err
}

// action is what is done with the stack.
func (a *emulateArgs) action() (string, error) {
	action := strings.ToUpper(a.Action)
	switch {
	case action == "" && a.Previous != "":
		return rules.ActionUpdate, nil
	case action == "":
		return rules.ActionCreate, nil
	case !slices.Contains([]string{rules.ActionCreate, rules.ActionUpdate, rules.ActionDelete}, action):
		return "", usagef("--action: unknown action %q (want create, update or delete)", a.Action)
	case (action == rules.ActionUpdate) != (a.Previous != ""):
		return "", usagef("--action update and --previous need each other")
	}
	return action, nil
}

// kinds reads --target. usual is what it is when it is not given.
func (a *emulateArgs) kinds(possible, usual []hook.Kind) ([]hook.Kind, error) {
	if len(a.Target) == 0 {
		return usual, nil
	}
	var out []hook.Kind
	for _, name := range a.Target {
		kind := hook.Kind(strings.ToUpper(name))
		if !slices.Contains(possible, kind) {
			names := make([]string, len(possible))
			for i, k := range possible {
				names[i] = strings.ToLower(string(k))
			}
			return nil, usagef("--target: %q is none that is possible here (want %s)", name, strings.Join(names, ", "))
		}
		out = append(out, kind)
	}
	return out, nil
}

func readParameters(args *judgeArgs) (*parameters.Given, error) {
	params, err := parameters.Read(args.ParameterFile, args.Parameters)
	if errors.Is(err, parameters.ErrUsage) {
		return nil, cli.AsUsage(err)
	}
	return params, err
}

// loadTemplate loads a template with the values that are given.
func loadTemplate(file string, params *parameters.Given, declared map[string]bool) (*template.Template, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t, err := template.Load(file, src, template.Options{Parameters: params.Values})
	if err != nil {
		return nil, err
	}
	parameters.Declared(declared, t)
	for _, problem := range params.Refused(t) {
		return nil, problem
	}
	return t, nil
}

// loadDeployed loads a template with values for all parameters.
func loadDeployed(file string, params *parameters.Given, declared map[string]bool) (*template.Template, map[string]string, error) {
	t, err := loadTemplate(file, params, declared)
	if err != nil {
		return nil, nil, err
	}
	values, err := emulate.Values(t, params.Values)
	if err != nil {
		return nil, nil, err
	}
	// A template with loops is another one with other values.
	t, err = template.Load(file, t.Source, template.Options{Parameters: values})
	return t, values, err
}

// saveEvents writes events to a folder, for replay. Only the user can read them:
// they have the values of parameters.
func saveEvents(dir string, events []emulate.Event) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		body, payload, err := e.Encode()
		if err != nil {
			return err
		}
		name := filepath.Join(dir, fmt.Sprintf("%02d-%s-%s-%s", i+1, e.Action, e.Kind, strings.Map(fileRune, e.ID)))
		if err := saveJSON(name+".json", body); err != nil {
			return err
		}
		if payload == nil {
			continue
		}
		if err := saveJSON(name+".payload.json", payload); err != nil {
			return err
		}
	}
	return nil
}

func fileRune(r rune) rune {
	if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return '_'
}

func saveJSON(name string, src []byte) error {
	text, err := json.MarshalIndent(json.RawMessage(src), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
}
