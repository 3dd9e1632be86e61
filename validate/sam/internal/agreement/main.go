// Program agreement expands the serverless templates below folders, and compares
// with what aws-sam-translator makes of them.
//
//	agreement [-v] PYTHON SCRIPT DIR...
//
// SCRIPT is tools/samgolden.py. The table counts; -v lists each difference, and
// what is not expanded. The exit code is 1 when a property that a built-in rule
// reads, or a resource, differs, and 2 when the folders could not be compared.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/sam"
	"github.com/fsxns3ap/guardhook/validate/sam/internal/compare"
	"github.com/fsxns3ap/guardhook/validate/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, stdout, stderr io.Writer, args []string) int {
	flags := flag.NewFlagSet("agreement", flag.ContinueOnError)
	flags.SetOutput(stderr)
	verbose := flags.Bool("v", false, "list each difference")
	if err := flags.Parse(args); err != nil || flags.NArg() < 3 {
		_, _ = fmt.Fprintln(stderr, "usage: agreement [-v] PYTHON SCRIPT DIR...")
		return 2
	}
	t := &table{out: stdout, verbose: *verbose}
	err := t.fill(ctx, flags.Arg(0), flags.Arg(1), flags.Args()[2:])
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "agreement:", err)
		return 2
	}
	t.print()
	if t.missing+t.extra+t.read > 0 {
		return 1
	}
	return 0
}

// table counts.
type table struct {
	out     io.Writer
	verbose bool
	set     *rules.Set

	files, refused, unreadable                      int
	resources, unexpanded, missing, extra           int
	properties, differing, read, attributes, failed int
	gaps                                            int
}

func (t *table) fill(ctx context.Context, python, script string, dirs []string) error {
	set, err := rules.Embedded(rules.Options{KnownType: schema.Match})
	if err != nil {
		return err
	}
	t.set = set
	files, err := serverless(dirs)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, python, script, "translate")
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return errors.Join(t.lines(ctx, out), cmd.Wait())
}

// line is what the script writes for a template.
type line struct {
	File, Error string
	Template    json.RawMessage
}

func (t *table) lines(ctx context.Context, in io.Reader) error {
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			return err
		}
		if err := t.file(ctx, l); err != nil {
			return fmt.Errorf("%s: %w", l.File, err)
		}
	}
	return scan.Err()
}

func (t *table) file(ctx context.Context, l line) error {
	t.files++
	if l.Error != "" {
		t.refused++
		t.detail("%s: refused by the translator: %s\n", l.File, l.Error)
		return nil
	}
	src, err := os.ReadFile(l.File)
	if err != nil {
		return err
	}
	loaded, err := template.Load(l.File, src, template.Options{})
	if err != nil {
		t.unreadable++
		t.detail("%v\n", err)
		return nil
	}
	expanded, gaps := sam.Expand(loaded, map[string]string{"AWS::Region": "us-east-1"})
	result, err := compare.Template(expanded, l.Template)
	if err != nil {
		return err
	}
	t.gaps += len(gaps)
	for _, g := range gaps {
		t.detail("%s:%d:%d: %s: not expanded: %s\n", l.File, g.Line, g.Col, g.Resource, g.Reason)
	}
	t.resources += result.Resources
	t.properties += result.Properties
	t.unexpanded += result.Unexpanded
	for _, d := range result.Differences {
		if err := t.difference(ctx, d); err != nil {
			return err
		}
		t.detail("%s: %s\n", l.File, d)
	}
	if len(result.Differences) > 0 {
		t.failed++
	}
	return nil
}

func (t *table) difference(ctx context.Context, d compare.Difference) error {
	name, property := strings.CutPrefix(d.Property, "Properties.")
	switch {
	case d.Property == "" && d.Got == "none":
		t.missing++
	case d.Property == "":
		t.extra++
	case !property:
		t.attributes++
	default:
		t.differing++
		isRead, err := t.isRead(ctx, d.Type, name)
		if isRead {
			t.read++
		}
		return err
	}
	return nil
}

// isRead reports whether a built-in rule reads a property of a type.
func (t *table) isRead(ctx context.Context, typ, property string) (bool, error) {
	if err := t.set.Prepare(ctx, []string{typ}); err != nil {
		return false, err
	}
	return slices.ContainsFunc(t.set.Rules(), func(r *rules.Rule) bool {
		if !r.AppliesTo(typ) {
			return false
		}
		reads := t.set.Reads(r)
		return reads.At("resource", "properties", property) != nil || reads.At("template", "resources").Element().At("properties", property) != nil
	}), nil
}

func (t *table) detail(format string, args ...any) {
	if t.verbose {
		_, _ = fmt.Fprintf(t.out, format, args...)
	}
}

func (t *table) print() {
	for _, row := range []struct {
		name  string
		count int
	}{
		{"templates with serverless resources", t.files},
		{"  refused by the translator", t.refused},
		{"  refused here", t.unreadable},
		{"  with a difference", t.failed},
		{"resources compared", t.resources},
		{"  missing", t.missing},
		{"  in excess", t.extra},
		{"  of types not expanded", t.unexpanded},
		{"properties compared", t.properties},
		{"  that differ", t.differing},
		{"  that differ and that a rule reads", t.read},
		{"attributes that differ", t.attributes},
		{"parts not expanded", t.gaps},
	} {
		_, _ = fmt.Fprintf(t.out, "%-40s %6d\n", row.name, row.count)
	}
}

// serverless lists the templates below folders that name a serverless type.
func serverless(dirs []string) ([]string, error) {
	var files []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json", ".template"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(text), "AWS::Serverless::") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
