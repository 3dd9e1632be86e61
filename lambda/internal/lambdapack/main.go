// Program lambdapack makes the archives of the use cases' functions: of each
// DIR/<use case>/bootstrap, a static binary for arm64, DIR/<use case>-arm64.zip.
// The same binary gives the same archive. It lists them with their sizes.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/fsxns3ap/guardhook/hook/pack"
)

func main() { os.Exit(command(os.Args[1:], os.Stdout, os.Stderr)) }

// command returns the exit code.
func command(args []string, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: lambdapack DIR")
		return 64
	}
	if err := run(args[0], stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "lambdapack:", err)
		return 1
	}
	return 0
}

func run(dir string, out io.Writer) error {
	binaries, err := filepath.Glob(filepath.Join(dir, "*", "bootstrap"))
	if err != nil {
		return err
	}
	if len(binaries) == 0 {
		return errors.New("there is no binary: run make lambda")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FILE\tBYTES\tBINARY\tSHA-256")
	for _, path := range binaries {
		binary, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		a, err := pack.Lambda(binary, pack.ARM64)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		file := filepath.Dir(path) + "-arm64.zip"
		if err := os.WriteFile(file, a.Content, 0o644); err != nil {
			return err
		}
		m := a.Manifest()
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", file, m.Bytes, len(binary), m.SHA256)
	}
	return w.Flush()
}
