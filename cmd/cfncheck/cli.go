package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/fsxns3ap/guardhook/hook/pack"
)

// region is the Region of the tests.
const region = "us-east-1"

// cli is the CloudFormation CLI in a copy of the project.
type cli struct {
	program, dir, home string
	stdout             io.Writer
}

// run runs the CLI and returns what it writes. Its environment has nothing of
// ours, and leads nowhere but to this machine.
func (c *cli) run(ctx context.Context, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.program, args...)
	cmd.Dir = c.dir
	cmd.Env = append([]string{
		"PATH=" + filepath.Dir(c.program) + ":/usr/bin:/bin", "HOME=" + c.home,
		"AWS_DEFAULT_REGION=" + region, "AWS_EC2_METADATA_DISABLED=true",
		"HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1",
	}, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "rpdk.log"))
		return out.String(), fmt.Errorf("cfn %s: %w: it ends with %w\n%s\n%s", args[0], errFound, err, out.String(), log)
	}
	return out.String(), err
}

func (c *cli) say(format string, args ...any) { _, _ = fmt.Fprintf(c.stdout, format+"\n", args...) }

// packages validates and packages the project, and compares the package with ours.
func (c *cli) packages(ctx context.Context, root, dist string) error {
	if _, err := c.run(ctx, nil, "validate"); err != nil {
		return err
	}
	c.say("cfn validate: accepted")
	// Not "cfn package": of version 0.2.41 it looks for a profile named "False".
	if _, err := c.run(ctx, nil, "submit", "--dry-run"); err != nil {
		return err
	}
	project, err := pack.LoadProject(root)
	if err != nil {
		return err
	}
	theirs, err := os.ReadFile(filepath.Join(c.dir, project.Name()+".zip"))
	if err != nil {
		return err
	}
	bootstrap, err := os.ReadFile(bootstrapPath(dist))
	if err != nil {
		return err
	}
	ours, err := pack.Registry(project, bootstrap)
	if err != nil {
		return err
	}
	report, err := compare(ours.Content, theirs)
	if err != nil {
		return fmt.Errorf("cfn submit: %w", err)
	}
	c.say("cfn submit --dry-run: %s", report)
	return nil
}

// contractTests is how many tests the CLI has for a hook with three handlers.
const contractTests = 9

// tests runs the contract tests with the binary as the function.
func (c *cli) tests(ctx context.Context, bootstrap string) error {
	stand, err := newStandIn(bootstrap)
	if err != nil {
		return err
	}
	defer stand.close()
	env, err := stand.prepare(c.home)
	if err != nil {
		return err
	}
	out, err := c.run(ctx, env, "test", "--region", region, "--endpoint", stand.url, "--cloudformation-endpoint-url", stand.url)
	if err != nil {
		return err
	}
	if failed := stand.failure(); failed != nil {
		return failed
	}
	passed := passedTests(out)
	if len(passed) != contractTests {
		return fmt.Errorf("cfn test: %w: %d tests of hooks passed, want %d\n%s", errFound, len(passed), contractTests, out)
	}
	for _, name := range passed {
		c.say("cfn test: %s passed", name)
	}
	return nil
}

// passedTests returns the names of the tests of hooks that passed.
func passedTests(out string) []string {
	var names []string
	for _, match := range regexp.MustCompile(`(?m)::(contract_pre_\w+) PASSED`).FindAllStringSubmatch(out, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bootstrapPath returns the binary of the package.
func bootstrapPath(dist string) string {
	return filepath.Join(dist, string(pack.RegistryArch), "bootstrap")
}

// copyProject copies what the CLI needs: settings, schema, inputs, the binary as
// bin/bootstrap, and the Makefile, without which the plugin does not package.
func copyProject(root, dist, to string) error {
	project, err := pack.LoadProject(root)
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(to, "inputs"), os.DirFS(filepath.Join(root, "inputs"))); err != nil {
		return err
	}
	for _, f := range []struct {
		from, to string
		mode     fs.FileMode
	}{
		{filepath.Join(root, ".rpdk-config"), ".rpdk-config", 0o644},
		{filepath.Join(root, project.Name()+".json"), project.Name() + ".json", 0o644},
		{filepath.Join(root, "Makefile"), "Makefile", 0o644},
		{bootstrapPath(dist), "bin/bootstrap", 0o755},
	} {
		content, err := os.ReadFile(f.from)
		if err != nil {
			return err
		}
		path := filepath.Join(to, f.to)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, f.mode); err != nil {
			return err
		}
	}
	return nil
}
