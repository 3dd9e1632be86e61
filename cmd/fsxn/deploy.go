package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/parameters"
	"github.com/fsxns3ap/guardhook/internal/stacks"
	"github.com/fsxns3ap/guardhook/lambda/deploy"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// cloudArgs are for commands that call AWS.
type cloudArgs struct {
	DryRun  bool          `help:"Print the calls, and make none."`
	Region  string        `placeholder:"REGION"`
	Profile string        `placeholder:"NAME"`
	Poll    time.Duration `default:"3s"`
}

type (
	deployArgs struct {
		cloudArgs
		UseCase       string   `arg:"" name:"usecase"`
		Stack         string   `placeholder:"NAME"`
		Package       string   `placeholder:"ZIP"`
		CodeBucket    string   `placeholder:"BUCKET"`
		Parameters    []string `placeholder:"K=V" sep:"none"`
		ParameterFile []string `placeholder:"FILE" sep:"none"`
	}
	deleteArgs struct {
		cloudArgs
		UseCase string `arg:"" name:"usecase" optional:""`
		Stack   string `placeholder:"NAME"`
	}
	snapStartArgs struct {
		Enable snapStartEnableArgs `cmd:""`
	}
	snapStartEnableArgs struct {
		cloudArgs
		Stack string `arg:""`
	}
)

// deployer returns what makes the calls; progress goes to standard error. deployed
// says what a dry run takes to be there.
func (c *Command) deployer(ctx context.Context, a *cloudArgs, deployed bool) (*deploy.Deployer, error) {
	config, err := c.awsConfig(ctx, a, deployed)
	if err != nil {
		return nil, err
	}
	return deploy.New(deploy.Options{AWS: config, Progress: c.Stderr, Poll: a.Poll}), nil
}

func (c *Command) awsConfig(ctx context.Context, a *cloudArgs, deployed bool) (aws.Config, error) {
	if a.DryRun {
		return deploy.DryRun(c.Stdout, stacks.Region(c.Env, a.Region), deployed), nil
	}
	config, err := stacks.Config(ctx, c.Env, a.Region, a.Profile)
	if errors.Is(err, stacks.ErrNoRegion) {
		err = cli.AsUsage(err)
	}
	return config, err
}

// stackOf is the name of the stack of a use case.
func stackOf(useCase, given string) string { return cmp.Or(given, "fsxn-"+useCase) }

func (c *Command) deploy(ctx context.Context, a *deployArgs) (int, error) {
	in := deploy.Deployment{UseCase: a.UseCase, Stack: stackOf(a.UseCase, a.Stack), Package: a.Package, CodeBucket: a.CodeBucket}
	root, err := awstest.Root()
	if err != nil {
		return 0, err
	}
	if in.Template, in.Parameters, err = a.read(root); err != nil {
		return 0, err
	}
	if in.Package == "" {
		if in.Package, err = c.packageFunctions(ctx, root, a.UseCase); err != nil {
			return 0, err
		}
	}
	d, err := c.deployer(ctx, &a.cloudArgs, false)
	if err != nil {
		return 0, err
	}
	out, err := d.Deploy(ctx, in)
	switch {
	case err != nil:
		return 0, stacks.Explain(err)
	case a.DryRun:
		return exitClean, c.unmade()
	}
	what := "deployed"
	if !out.Changed {
		what = "nothing to do"
	}
	if _, err := fmt.Fprintf(c.Stdout, "%s: %s\n", in.Stack, what); err != nil {
		return 0, err
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(out.Outputs)) {
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", name, out.Outputs[name])
	}
	return exitClean, w.Flush()
}

// unmade ends a dry run.
func (c *Command) unmade() error {
	_, err := fmt.Fprintln(c.Stdout, "dry run: none of these calls was made")
	return err
}

// deployable tells whether a name is that of a use case that has a template of its own.
func deployable(name string) error {
	var names []string
	for _, u := range useCases() {
		if u.Template != "" {
			continue // a shared stack: docs/usecases/shared.md
		}
		if u.Name == name {
			return nil
		}
		names = append(names, u.Name)
	}
	return usagef("there is no use case %q: want one of %s", name, strings.Join(names, ", "))
}

// read reads the template and the values of its parameters, and checks them as
// CloudFormation does.
func (a *deployArgs) read(root string) (text string, values map[string]string, err error) {
	if err := deployable(a.UseCase); err != nil {
		return "", nil, err
	}
	file := filepath.Join("templates", "usecases", a.UseCase+".yaml")
	src, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return "", nil, err
	}
	given, err := parameters.Read(a.ParameterFile, a.Parameters)
	if errors.Is(err, parameters.ErrUsage) {
		return "", nil, cli.AsUsage(err)
	}
	if err != nil {
		return "", nil, err
	}
	t, err := template.Load(file, src, template.Options{Parameters: given.Values})
	if err != nil {
		return "", nil, err
	}
	declared := map[string]bool{}
	parameters.Declared(declared, t)
	if problems := given.Undeclared(declared); len(problems) > 0 {
		return "", nil, errors.New(strings.Join(problems, "\n"))
	}
	for _, problem := range given.Refused(t) {
		return "", nil, problem
	}
	return string(src), given.Values, nil
}

func (c *Command) delete(ctx context.Context, a *deleteArgs) (int, error) {
	if (a.UseCase == "") == (a.Stack == "") {
		return 0, usagef("want a use case or --stack, and not both")
	}
	if a.UseCase != "" {
		if err := deployable(a.UseCase); err != nil {
			return 0, err
		}
	}
	stack := stackOf(a.UseCase, a.Stack)
	d, err := c.deployer(ctx, &a.cloudArgs, true)
	if err != nil {
		return 0, err
	}
	there, kept, err := d.Delete(ctx, stack)
	switch {
	case err != nil:
		return 0, stacks.Explain(err)
	case a.DryRun:
		return exitClean, c.unmade()
	}
	text := fmt.Sprintf("%s: deleted\n", stack)
	if !there {
		text = fmt.Sprintf("%s: there was no such stack\n", stack)
	}
	if len(kept) > 0 {
		text += "These stay, with what is in them; to remove one:\n"
	}
	for _, r := range kept {
		text += fmt.Sprintf("  %s %s\n    %s\n", r.Type, r.ID, r.Remedy)
	}
	_, err = fmt.Fprint(c.Stdout, text)
	return exitClean, err
}
