// Program cfncheck asks the CloudFormation CLI what it says of the hook project.
//
//	cfncheck [--root DIR] [--dist DIR] CFN
//
// CFN is the program cfn, with the plugin for Go. The CLI works in a copy of the
// project: it writes files, and "cfn generate" would replace sources. It has to
// accept the project (cfn validate), to package it as package pack does (cfn
// submit --dry-run), and its contract tests have to pass with the built binary
// (cfn test). AWS is not called: the few answers that the contract tests need come
// from this program, and a proxy that is not there stops the rest.
//
// The exit code is 1 when the CLI finds something, and 2 when it could not be asked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// patience is how long all of it may take.
const patience = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, patience)
	code := run(ctx, os.Stdout, os.Stderr, os.Args[1:])
	cancel()
	stop()
	os.Exit(code)
}

// errFound is wrapped by errors that are about the project.
var errFound = errors.New("not as it should be")

func run(ctx context.Context, stdout, stderr io.Writer, args []string) int {
	flags := flag.NewFlagSet("cfncheck", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "the checkout")
	dist := flags.String("dist", "dist", "the folder of the binaries: ARCH/bootstrap")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: cfncheck [--root DIR] [--dist DIR] CFN")
		return 2
	}
	err := check(ctx, stdout, *root, *dist, flags.Arg(0))
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, "cfncheck:", err)
	if errors.Is(err, errFound) {
		return 1
	}
	return 2
}

func check(ctx context.Context, stdout io.Writer, root, dist, cfn string) (err error) {
	cfn, err = filepath.Abs(cfn)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cfncheck-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c := &cli{program: cfn, dir: filepath.Join(dir, "project"), home: filepath.Join(dir, "home"), stdout: stdout}
	if err := copyProject(root, dist, c.dir); err != nil {
		return err
	}
	if err := c.packages(ctx, root, dist); err != nil {
		return err
	}
	bootstrap, err := filepath.Abs(filepath.Join(dist, runtime.GOARCH, "bootstrap"))
	if err != nil {
		return err
	}
	return c.tests(ctx, bootstrap)
}
