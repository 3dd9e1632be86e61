package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/policyset"
	"github.com/fsxns3ap/guardhook/internal/ruledoc"
)

// documentRules writes a page for each rule to a folder, and an index. Fixtures,
// which are the examples, are where the rules come from a folder.
func (c *Command) documentRules(ctx context.Context, g *grammar) (int, error) {
	dir := g.Rules.List.Docs
	set, source, err := policyset.Load(policyset.Source{Policy: g.Policy, Config: g.Config, Now: c.Now, Unenforced: true})
	if err != nil {
		return 0, err
	}
	var fixtures fs.FS = embed.FS{}
	if stat, err := os.Stat(source); err == nil && stat.IsDir() {
		fixtures = os.DirFS(source)
	}
	pages, err := (&ruledoc.Book{Set: set, Dir: fixtures}).Pages(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return 0, err
		}
		if err := os.WriteFile(file, pages[name], 0o666); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(c.Stdout, "%s: %d pages, of %d rules\n", dir, len(pages), len(set.Rules()))
	return exitClean, c.strayPages(dir, pages)
}

// strayPages names the pages in a folder that are of no rule: those of rules
// that are gone. They are left there.
func (c *Command) strayPages(dir string, pages map[string][]byte) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".md") {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || pages[filepath.ToSlash(rel)] != nil {
			return err
		}
		_, err = fmt.Fprintf(c.Stdout, "%s: of no rule\n", name)
		return err
	})
}
