package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate/report"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// output is a report that was asked for: a format, and the file it goes to, or
// "" for standard output.
type output struct {
	format report.Format
	file   string
}

// outputs reads --format and --output. Without either, text goes to standard
// output.
func (c *Command) outputs(g *grammar) ([]output, error) {
	args := &g.Check
	var out []output
	add := func(flag, name, file string) error {
		format, err := report.NewFormat(name, report.Style{Color: file == "" && c.color(g.Color), Quiet: args.Quiet, Known: args.ShowBaseline})
		if err != nil {
			return usagef("%s: %w", flag, err)
		}
		if slices.ContainsFunc(out, func(o output) bool { return sameFile(o.file, file) }) {
			return usagef("%s: two reports would go to %s", flag, place(file))
		}
		out = append(out, output{format, file})
		return nil
	}
	if name := args.Format; name != "" || len(args.Output) == 0 {
		if err := add("--format", cmp.Or(name, "text"), ""); err != nil {
			return nil, err
		}
	}
	for _, spec := range args.Output {
		name, file, toFile := strings.Cut(spec, "=")
		if toFile && file == "" {
			return nil, usagef("--output: %q is not of the form FORMAT[=FILE]", spec)
		}
		if toFile {
			file = filepath.Clean(file)
		}
		if err := add("--output", name, file); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// place is what a report's destination is called.
func place(file string) string {
	if file == "" {
		return "standard output"
	}
	return file
}

// sameFile tells whether two names are of one file, which need not be there yet.
// "" is standard output.
func sameFile(a, b string) bool {
	if a == b || a == "" || b == "" {
		return a == b
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	return errX != nil && errY != nil && whole(a) == whole(b)
}

// whole is the absolute name of a file, its folder without links.
func whole(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(dir, filepath.Base(name))
	}
	return name
}

// refuseInputs refuses to replace by a report what the run reads or writes
// besides.
func refuseInputs(outputs []output, g *grammar) error {
	others := slices.Concat(g.ParameterFile, []string{g.Policy, cmp.Or(g.Config, rules.ConfigFile), g.Check.Baseline, g.Check.WriteBaseline})
	for _, o := range outputs {
		for _, other := range others {
			if o.file != "" && sameFile(o.file, other) {
				return usagef("--output: %s is not a report: the run needs it", o.file)
			}
		}
	}
	return nil
}

// refuseTemplates refuses to replace a template by a report on it, and one that
// was left out because it did not change.
func refuseTemplates(outputs []output, r *report.Report, unchanged []string) error {
	var files []string
	for _, name := range unchanged {
		src, err := readFile(name)
		if err != nil {
			continue
		}
		if _, err := template.Load(name, src, template.Options{}); !errors.Is(err, template.ErrNotTemplate) {
			files = append(files, name)
		}
	}
	for _, t := range r.Templates {
		files = append(files, t.File)
	}
	for _, ref := range r.Refused {
		files = append(files, ref.File)
	}
	for _, o := range outputs {
		target, err := os.Stat(o.file)
		if o.file == "" || err != nil || !target.Mode().IsRegular() {
			continue
		}
		for _, file := range files {
			if stat, err := os.Stat(file); err == nil && os.SameFile(stat, target) {
				return usagef("--output: %s is one of the templates", o.file)
			}
		}
	}
	return nil
}

// write writes every report. One that cannot be written keeps none of the others
// from it.
func (c *Command) write(outputs []output, r *report.Report, unchanged []string) error {
	if err := refuseTemplates(outputs, r, unchanged); err != nil {
		return err
	}
	var errs []error
	for _, o := range outputs {
		var err error
		if o.file == "" {
			err = o.format.Write(c.Stdout, r)
		} else {
			err = replaceFile(o.file, func(w io.Writer) error { return o.format.Write(w, r) })
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("output: %w", err))
		}
	}
	return errors.Join(errs...)
}

// replaceFile writes a file so that it has either all of the new content or what
// it had before. What is not a file (a device, a pipe) is written to as it is.
func replaceFile(name string, write func(io.Writer) error) error {
	target, mode := name, fs.FileMode(0o666)
	if link, err := os.Lstat(name); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		if target, err = filepath.EvalSymlinks(name); err != nil {
			return fmt.Errorf("%s is a link: %w", name, readError(err))
		}
	}
	stat, err := os.Stat(target)
	switch {
	case err == nil && stat.IsDir():
		return fmt.Errorf("%s is a folder", name)
	case err == nil && !stat.Mode().IsRegular():
		return writeDevice(target, write)
	case err == nil:
		mode = stat.Mode().Perm()
	}
	temp, err := createBeside(target, mode)
	if err != nil {
		return fmt.Errorf("%s: %w", name, readError(err))
	}
	err = write(temp)
	if err == nil {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), target)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", name, err), os.Remove(temp.Name()))
	}
	return nil
}

// createBeside creates a file in the folder of another. Unlike os.CreateTemp it
// leaves the permissions of a new file to the umask.
func createBeside(name string, mode fs.FileMode) (*os.File, error) {
	for i := 0; ; i++ {
		temp := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d-%d", filepath.Base(name), os.Getpid(), i))
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

func writeDevice(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", name, readError(err))
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, readError(err))
	}
	return nil
}
