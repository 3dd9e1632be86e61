package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/rules/guard"
	"github.com/fsxns3ap/guardhook/validate"
)

type guardArgs struct {
	Fmt    guardFmtArgs    `cmd:""`
	Test   guardTestArgs   `cmd:""`
	ToRego guardToRegoArgs `cmd:""`
}

type guardFmtArgs struct {
	Files []string `arg:"" name:"file" optional:""`
	Write bool     `short:"w"`
	List  bool     `short:"l"`
}

type guardTestArgs struct {
	Paths []string `arg:"" name:"path"`
}

type guardToRegoArgs struct {
	File   string `arg:"" name:"file"`
	Out    string `placeholder:"DIR"`
	Family string `default:"guard"`
}

// parseGuardInput reads --guard-input.
func parseGuardInput(name string) (validate.GuardInput, error) {
	switch name {
	case "template":
		return validate.GuardTemplate, nil
	case "resolved":
		return validate.GuardResolved, nil
	}
	return 0, usagef("--guard-input: unknown input %q (want template or resolved)", name)
}

// formatGuard formats rule files the way gofmt does: to standard output, in
// place with -w, or with -l only the names of those that would change.
func (c *Command) formatGuard(args *guardFmtArgs) (int, error) {
	if len(args.Files) == 0 {
		if args.Write {
			return 0, usagef("-w: standard input cannot be written")
		}
		src, err := readAll(c.Stdin)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", stdinName, err)
		}
		return exitClean, c.formatOne(args, stdinName, src)
	}
	var errs []error
	for _, name := range args.Files {
		src, err := os.ReadFile(name)
		if err == nil {
			err = c.formatOne(args, name, src)
		}
		errs = append(errs, err)
	}
	return exitClean, errors.Join(errs...)
}

func (c *Command) formatOne(args *guardFmtArgs, name string, src []byte) error {
	out, err := guard.Format(name, src)
	if err != nil {
		return err
	}
	changed := !bytes.Equal(src, out)
	if args.List && changed {
		if _, err := fmt.Fprintln(c.Stdout, name); err != nil {
			return err
		}
	}
	switch {
	case args.Write && changed:
		return replaceFile(name, func(w io.Writer) error {
			_, err := w.Write(out)
			return err
		})
	case args.Write, args.List:
		return nil
	}
	_, err = c.Stdout.Write(out)
	return err
}

// testGuard runs the tests of rule files. Every test file needs the rules that
// it is about, and every rule file named has to have tests.
func (c *Command) testGuard(ctx context.Context, args *guardTestArgs) (int, error) {
	files, err := guardTests(args.Paths)
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, errors.New("there are no test files (NAME_tests.yaml)")
	}
	passed, failed := 0, 0
	for _, file := range files {
		results, err := runGuardTests(ctx, file)
		if err != nil {
			return 0, err
		}
		for i := range results {
			r := &results[i]
			if r.OK && !r.Unknown() {
				passed++
				continue
			}
			failed++
			fmt.Fprintf(c.Stdout, "%s:%s: %s\n", file, r.Pos, r)
			for j := range r.Findings {
				fmt.Fprintf(c.Stdout, "  %s\n", r.Findings[j].Describe())
			}
		}
	}
	verdict, code := "PASS", exitClean
	if failed > 0 {
		verdict, code = "FAIL", exitFindings
	}
	_, err = fmt.Fprintf(c.Stdout, "%s  %d of %d expectations met, in %d test files\n", verdict, passed, passed+failed, len(files))
	return code, err
}

// guardTests lists the test files that the arguments name, or that are below
// folders.
func guardTests(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !entry.IsDir() && (name == p || testedName(name) != "") {
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// testedName gives the name of the rules that a test file is about, or "".
func testedName(file string) string {
	base := filepath.Base(file)
	ext := filepath.Ext(base)
	if ext != ".yaml" && ext != ".yml" && ext != ".json" {
		return ""
	}
	name := strings.TrimSuffix(base, ext)
	for _, suffix := range [...]string{"_tests", "_test"} {
		if tested, ok := strings.CutSuffix(name, suffix); ok {
			return tested
		}
	}
	return ""
}

func runGuardTests(ctx context.Context, file string) ([]guard.TestResult, error) {
	name := testedName(file)
	if name == "" {
		return nil, fmt.Errorf("%s: a test file is named after its rules: NAME_tests.yaml", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tests, err := guard.LoadTests(file, text)
	if err != nil {
		return nil, err
	}
	rules, err := rulesOfTest(filepath.Dir(file), name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rules.RunTests(ctx, tests, guard.Options{})
}

// rulesOfTest reads the rules of a name beside their tests, or above them.
func rulesOfTest(dir, name string) (*guard.File, error) {
	for _, folder := range [...]string{dir, filepath.Dir(dir)} {
		file := filepath.Join(folder, name+".guard")
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		parsed, err := guard.Parse(file, text)
		if err != nil {
			return nil, err
		}
		if problems, _ := parsed.Check(); len(problems) > 0 {
			return nil, problems
		}
		return parsed, nil
	}
	return nil, fmt.Errorf("there is no %s.guard beside it or in the folder above", name)
}

// guardToRego translates a rule file. What cannot be translated is said, and
// makes the exit code the one for what could not be judged.
func (c *Command) guardToRego(args *guardToRegoArgs) (int, error) {
	text, err := os.ReadFile(args.File)
	if err != nil {
		return 0, err
	}
	f, err := guard.Parse(args.File, text)
	if err != nil {
		return 0, err
	}
	if problems, _ := f.Check(); len(problems) > 0 {
		return 0, problems
	}
	modules, refused := f.Rego(args.Family)
	for i, m := range modules {
		if args.Out == "" {
			if i > 0 {
				fmt.Fprintln(c.Stdout)
			}
			if _, err := c.Stdout.Write(m.Text); err != nil {
				return 0, err
			}
			continue
		}
		if err := writeModule(args.Out, m); err != nil {
			return 0, err
		}
	}
	if len(refused) > 0 {
		return 0, refused
	}
	return exitClean, nil
}

// writeModule writes a module to a new file: nothing is overwritten.
func writeModule(dir string, m guard.RegoModule) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, m.Name+".rego"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(m.Text)
	return errors.Join(err, f.Close())
}
