package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/fsxns3ap/guardhook/hook/pack"
)

// packageArgs are the arguments of package. Settings and schema come from a
// checkout and not from this program: the binary does too, and a hookctl of
// another version must not join it with a schema that it does not have.
type packageArgs struct {
	Root         string   `default:"." placeholder:"DIR"`
	BootstrapDir string   `default:"dist" placeholder:"DIR"`
	Out          string   `default:"dist" placeholder:"DIR"`
	Arch         []string `default:"arm64,amd64" enum:"arm64,amd64"`
	JSON         bool     `name:"json"`
}

// packed is an archive that was, or would be, written.
type packed struct {
	File string `json:"file"`
	pack.Manifest
	content []byte
}

// packageHook makes the archives of the hook and writes them.
func (c *Command) packageHook(_ context.Context, g *grammar) (int, error) {
	archives, err := g.Package.build()
	if err != nil {
		return 0, err
	}
	if !g.DryRun {
		for _, a := range archives {
			if err := replaceFile(a.File, a.content); err != nil {
				return 0, err
			}
		}
	}
	return exitClean, c.printArchives(archives, g.Package.JSON)
}

// build makes the archives: all of them, before one is written.
func (a *packageArgs) build() ([]packed, error) {
	project, err := pack.LoadProject(a.Root)
	if err != nil {
		return nil, err
	}
	registry, err := a.archive(project.Name()+".zip", pack.RegistryArch, func(bootstrap []byte) (*pack.Archive, error) {
		return pack.Registry(project, bootstrap)
	})
	if err != nil {
		return nil, err
	}
	out := []packed{registry}
	slices.Sort(a.Arch)
	for _, name := range slices.Compact(a.Arch) {
		arch := pack.Arch(name)
		code, err := a.archive("hook-lambda-"+name+".zip", arch, func(bootstrap []byte) (*pack.Archive, error) {
			return pack.Lambda(bootstrap, arch)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}

// archive makes the archive of the given name from the binary for arch.
func (a *packageArgs) archive(name string, arch pack.Arch, build func(bootstrap []byte) (*pack.Archive, error)) (packed, error) {
	path := filepath.Join(a.BootstrapDir, string(arch), "bootstrap")
	bootstrap, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return packed{}, fmt.Errorf("%s: no such file: run make bootstrap", path)
	}
	if err != nil {
		return packed{}, err
	}
	built, err := build(bootstrap)
	if err != nil {
		return packed{}, fmt.Errorf("%s: %w", path, err)
	}
	return packed{File: filepath.Join(a.Out, name), Manifest: built.Manifest(), content: built.Content}, nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

func (c *Command) printArchives(archives []packed, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(archives)
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FILE\tBYTES\tSHA-256\tENTRIES")
	for _, a := range archives {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%d\n", a.File, a.Bytes, a.SHA256, len(a.Entries))
	}
	return w.Flush()
}
