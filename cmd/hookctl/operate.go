package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fsxns3ap/guardhook/hook/operate"
	"github.com/fsxns3ap/guardhook/internal/cli"
	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// pollArgs is for commands that wait for AWS.
type pollArgs struct {
	Poll time.Duration `default:"3s"`
}

// targetArgs say which hook is meant.
type targetArgs struct {
	Stack string `default:"guardhook"`
	Alias string `placeholder:"NAME"`
}

func (a targetArgs) target() operate.Target { return operate.Target{Stack: a.Stack, Alias: a.Alias} }

// keyArgs are the public key of a bundle that is signed.
type keyArgs struct {
	VerifyKey string `placeholder:"PEM"`
	KeyID     string `placeholder:"ID"`
	Algorithm string `default:"RS256"`
}

func (a keyArgs) key() (*operate.PublicKey, error) {
	if (a.VerifyKey == "") != (a.KeyID == "") {
		return nil, usagef("--verify-key and --key-id belong together")
	}
	if a.VerifyKey == "" {
		return nil, nil
	}
	text, err := os.ReadFile(a.VerifyKey)
	if err != nil {
		return nil, fmt.Errorf("verification key: %w", err)
	}
	return &operate.PublicKey{PEM: string(text), ID: a.KeyID, Algorithm: a.Algorithm}, nil
}

type (
	deployArgs struct {
		pollArgs
		keyArgs
		Stack        string `default:"guardhook"`
		Package      string `default:"dist/hook-lambda-arm64.zip"`
		Architecture string `enum:"arm64,x86_64" default:"arm64"`
		CodeBucket   string
		Policy       string
		Mode         string `placeholder:"WARN|FAIL"`
		Alias        string
	}
	removeArgs struct {
		pollArgs
		Stack    string `default:"guardhook"`
		Private  bool
		TypeName string `default:"FSxNS3AP::Guard::Hook"`
		Purge    bool
	}
	registerArgs struct {
		pollArgs
		Package       string `default:"dist/fsxns3ap-guard-hook.zip"`
		Bucket        string
		TypeName      string `default:"FSxNS3AP::Guard::Hook"`
		ExecutionRole string
		LogRole       string
		LogGroup      string
		Config        string
		Mode          string `placeholder:"WARN|FAIL"`
	}
	modeArgs struct {
		pollArgs
		targetArgs
		Mode string `arg:""`
		Yes  bool
	}
	statusArgs struct {
		targetArgs
		keyArgs
		Package string
		Policy  string
		JSON    bool `name:"json"`
	}
	resultsArgs struct {
		Alias  string `default:"FSxNS3AP::Guard::Gate"`
		Status string `enum:"all,failed" default:"all"`
		Target string
		Limit  int  `default:"20"`
		JSON   bool `name:"json"`
	}
	rulesArgs struct {
		Push pushArgs `cmd:""`
	}
	pushArgs struct {
		Dir       string `arg:""`
		To        string `required:""`
		Revision  string
		SignKey   string
		KeyID     string
		Algorithm string `default:"RS256"`
	}
	rolloutArgs struct {
		pollArgs
		StackSet             string   `default:"guardhook"`
		Package              string   `default:"dist/hook-lambda-arm64.zip"`
		CodeBucketPrefix     string   `required:""`
		OrganizationalUnits  []string `required:""`
		Regions              []string `required:""`
		Waves                string   `default:"1"`
		Mode                 string   `placeholder:"WARN|FAIL"`
		DelegatedAdmin       bool
		ConcurrentPercentage int32 `default:"10"`
	}
)

// operator returns what makes the calls; progress goes to standard error.
func (c *Command) operator(ctx context.Context, g *grammar, poll time.Duration, assume operate.Assume) (*operate.Operator, error) {
	config, err := c.awsConfig(ctx, g, assume)
	if err != nil {
		return nil, err
	}
	return operate.New(operate.Options{AWS: config, Progress: c.Stderr, Poll: poll, Now: c.Now}), nil
}

func (c *Command) awsConfig(ctx context.Context, g *grammar, assume operate.Assume) (aws.Config, error) {
	if g.DryRun {
		return operate.DryRun(c.Stdout, stacks.Region(c.Env, g.Region), assume), nil
	}
	loaded, err := stacks.Config(ctx, c.Env, g.Region, g.Profile)
	if errors.Is(err, stacks.ErrNoRegion) {
		err = cli.AsUsage(err)
	}
	return loaded, err
}

// modeOf reads a mode that may be left out.
func modeOf(text string) (operate.Mode, error) {
	if text == "" {
		return "", nil
	}
	mode, err := operate.ParseMode(text)
	if err != nil {
		return "", cli.AsUsage(err)
	}
	return mode, nil
}

// failed is how a command ends with an error of an operation.
func failed(err error) (int, error) { return 0, operate.Explain(err) }

func (c *Command) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(c.Stdout, format, args...)
	return err
}

// done says what came of a command that changes something.
func (c *Command) done(g *grammar, format string, args ...any) error {
	if g.DryRun {
		return c.printf("dry run: none of these calls was made\n")
	}
	return c.printf(format, args...)
}

func (c *Command) printJSON(v any) error {
	e := json.NewEncoder(c.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (c *Command) deploy(ctx context.Context, g *grammar) (int, error) {
	a := g.Deploy
	mode, err := modeOf(a.Mode)
	if err != nil {
		return 0, err
	}
	key, err := a.key()
	if err != nil {
		return 0, err
	}
	o, err := c.operator(ctx, g, a.Poll, operate.Assume{})
	if err != nil {
		return 0, err
	}
	out, err := o.Deploy(ctx, operate.Deployment{
		Stack: a.Stack, Package: a.Package, CodeBucket: a.CodeBucket, Policy: a.Policy, Key: key,
		Mode: mode, Alias: a.Alias, Architecture: a.Architecture,
	})
	if err != nil {
		return failed(err)
	}
	if !out.Changed {
		return exitClean, c.done(g, "%s: nothing to do, mode %s\n", out.Alias, out.Mode)
	}
	return exitClean, c.done(g, "%s: deployed, mode %s\nrules bucket: %s\n", out.Alias, out.Mode, out.Outputs["RulesBucket"])
}

func (c *Command) remove(ctx context.Context, g *grammar) (int, error) {
	a := g.Remove
	if a.Private && a.Purge {
		return 0, usagef("--purge is for what a stack retains, and a private hook has none")
	}
	o, err := c.operator(ctx, g, a.Poll, operate.Assume{Deployed: true})
	if err != nil {
		return 0, err
	}
	if a.Private {
		if err := o.Deregister(ctx, a.TypeName); err != nil {
			return failed(err)
		}
		return exitClean, c.done(g, "%s: removed\n", a.TypeName)
	}
	kept, err := o.Remove(ctx, a.Stack, a.Purge)
	if err != nil {
		return failed(err)
	}
	if err := c.done(g, "%s: removed\n", a.Stack); err != nil || len(kept) == 0 {
		return exitClean, err
	}
	text := "These stay, with what is in them; \"hookctl remove --purge\" removes them, or:\n"
	for _, r := range kept {
		text += fmt.Sprintf("  %s %s\n    %s\n", r.Type, r.ID, r.Remedy)
	}
	return exitClean, c.printf("%s", text)
}

func (c *Command) register(ctx context.Context, g *grammar) (int, error) {
	a := g.Register
	mode, err := modeOf(a.Mode)
	switch {
	case err != nil:
		return 0, err
	case a.Bucket == "":
		return 0, usagef("--bucket is missing: CloudFormation reads the package from one in the same Region")
	case (a.LogRole == "") != (a.LogGroup == ""):
		return 0, usagef("--log-role and --log-group belong together")
	}
	var configuration []byte
	if a.Config != "" {
		if configuration, err = os.ReadFile(a.Config); err != nil {
			return 0, fmt.Errorf("configuration: %w", err)
		}
	}
	o, err := c.operator(ctx, g, a.Poll, operate.Assume{})
	if err != nil {
		return 0, err
	}
	out, err := o.Register(ctx, operate.Registration{
		Package: a.Package, Bucket: a.Bucket, TypeName: a.TypeName, ExecutionRole: a.ExecutionRole,
		LogRole: a.LogRole, LogGroup: a.LogGroup, Configuration: configuration, Mode: mode,
	})
	if err != nil {
		return failed(err)
	}
	what := "registered"
	if !out.New {
		what = "was registered already"
	}
	return exitClean, c.done(g, "%s: %s, mode %s\n", out.VersionARN, what, out.Mode)
}

func (c *Command) mode(ctx context.Context, g *grammar) (int, error) {
	a := g.Mode
	mode, err := operate.ParseMode(a.Mode)
	if err != nil {
		return 0, cli.AsUsage(err)
	}
	ask := mode == operate.Fail && !a.Yes && !g.DryRun
	if ask && !c.StdoutTerminal {
		return 0, usagef("FAIL stops deployments that break a rule: confirm with --yes")
	}
	o, err := c.operator(ctx, g, a.Poll, operate.Assume{Deployed: true})
	if err != nil {
		return 0, err
	}
	if ask {
		before, err := o.CurrentMode(ctx, a.target())
		if err != nil {
			return failed(err)
		}
		yes, err := c.confirm(fmt.Sprintf("%s -> FAIL: deployments that break a rule will be stopped. Go on? [y/N] ", before))
		if err != nil || !yes {
			return exitFindings, err
		}
	}
	before, err := o.SetMode(ctx, a.target(), mode)
	if err != nil {
		return failed(err)
	}
	return exitClean, c.done(g, "mode: %s -> %s\n", before, mode)
}

// confirm asks a question on standard output; what is not yes is no.
func (c *Command) confirm(question string) (bool, error) {
	if err := c.printf("%s", question); err != nil {
		return false, err
	}
	line, err := bufio.NewReader(c.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("answer: %w", err)
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes", nil
}

func (c *Command) status(ctx context.Context, g *grammar) (int, error) {
	a := g.Status
	key, err := a.key()
	if err != nil {
		return 0, err
	}
	o, err := c.operator(ctx, g, 0, operate.Assume{Deployed: true})
	if err != nil {
		return 0, err
	}
	s, err := o.Status(ctx, a.target(), operate.Local{Package: a.Package, Policy: a.Policy, Key: key})
	if err != nil {
		return failed(err)
	}
	if g.DryRun {
		return exitClean, nil
	}
	if a.JSON {
		err = c.printJSON(s)
	} else {
		err = s.WriteText(c.Stdout)
	}
	if err == nil && len(s.Differences) > 0 {
		return exitFindings, nil
	}
	return exitClean, err
}

func (c *Command) results(ctx context.Context, g *grammar) (int, error) {
	a := g.Results
	if a.Limit < 1 {
		return 0, usagef("--limit %d: want 1 or more", a.Limit)
	}
	o, err := c.operator(ctx, g, 0, operate.Assume{Deployed: true})
	if err != nil {
		return 0, err
	}
	results, more, err := o.Results(ctx, operate.ResultQuery{Alias: a.Alias, Failed: a.Status == "failed", Target: a.Target, Limit: a.Limit})
	if err != nil {
		return failed(err)
	}
	if g.DryRun {
		return exitClean, nil
	}
	if a.JSON {
		err = c.printJSON(map[string]any{"results": append([]operate.Result{}, results...), "more": more})
	} else {
		err = c.printResults(results, more)
	}
	if err == nil && a.Status == "failed" && len(results) > 0 {
		return exitFindings, nil
	}
	return exitClean, err
}

func (c *Command) printResults(results []operate.Result, more bool) error {
	for i := range results {
		if err := results[i].WriteText(c.Stdout); err != nil {
			return err
		}
	}
	if more {
		return c.printf("There are more; --limit shows them.\n")
	}
	if len(results) == 0 {
		return c.printf("no results\n")
	}
	return nil
}

func (c *Command) pushRules(ctx context.Context, g *grammar) (int, error) {
	a := g.Rules.Push
	if (a.SignKey == "") != (a.KeyID == "") {
		return 0, usagef("--sign-key and --key-id belong together")
	}
	push := operate.Push{Dir: a.Dir, To: a.To, Revision: a.Revision}
	if a.SignKey != "" {
		text, err := os.ReadFile(a.SignKey)
		if err != nil {
			return 0, fmt.Errorf("signing key: %w", err)
		}
		push.Key = &operate.SigningKey{PEM: text, ID: a.KeyID, Algorithm: a.Algorithm}
	}
	o, err := c.operator(ctx, g, 0, operate.Assume{})
	if err != nil {
		return 0, err
	}
	out, err := o.Push(ctx, push)
	if err != nil {
		return failed(err)
	}
	what := "pushed"
	if !out.Changed {
		what = "was there already"
	}
	version := ""
	if out.Version != "" {
		version = ", version " + out.Version
	}
	return exitClean, c.done(g, "%s: %s %s%s\n", a.To, what, out.Digest, version)
}

func (c *Command) rollout(ctx context.Context, g *grammar) (int, error) {
	a := g.Rollout
	mode, err := modeOf(a.Mode)
	if err != nil {
		return 0, err
	}
	waves, err := wavesOf(a.Waves, a.OrganizationalUnits)
	if err != nil {
		return 0, err
	}
	o, err := c.operator(ctx, g, a.Poll, operate.Assume{})
	if err != nil {
		return 0, err
	}
	err = o.Rollout(ctx, operate.Rollout{
		StackSet: a.StackSet, Package: a.Package, BucketPrefix: a.CodeBucketPrefix, Regions: a.Regions, Waves: waves,
		Mode: mode, DelegatedAdmin: a.DelegatedAdmin, ConcurrentPercentage: a.ConcurrentPercentage,
	})
	if err != nil {
		return failed(err)
	}
	return exitClean, c.done(g, "%s: rolled out in %d waves\n", a.StackSet, len(waves))
}
