package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

const embedded = "embedded"

// load loads the policy set that the command line and the configuration name.
// source is what it is called in reports.
func (c *Command) load(g *grammar) (set *rules.Set, source string, err error) {
	config, err := readConfig(g.Config)
	if err != nil {
		return nil, "", err
	}
	source = g.Policy
	if source == "" && config != nil && config.Policy != "" {
		source = config.Policy
		if !filepath.IsAbs(source) && source != embedded && !strings.Contains(source, "://") {
			source = filepath.Join(filepath.Dir(cmp.Or(g.Config, rules.ConfigFile)), source)
		}
	}
	source = cmp.Or(source, embedded)
	opts := rules.Options{Config: config, KnownType: schema.Match, Name: source, Now: c.Now}
	if source == embedded {
		set, err = rules.Embedded(opts)
		return set, source, err
	}
	if strings.Contains(source, "://") {
		return nil, "", fmt.Errorf("policy set %s: validate reads %s, folders and bundle files (.tar.gz)", source, embedded)
	}
	stat, err := os.Stat(source)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("policy set: %w", err)
	case stat.IsDir():
		set, err = rules.LoadDir(source, opts)
		return set, source, err
	case !strings.HasSuffix(source, ".tar.gz") && !strings.HasSuffix(source, ".tgz"):
		return nil, "", fmt.Errorf("policy set %s: want a folder or a bundle file (.tar.gz)", source)
	}
	f, err := os.Open(source)
	if err != nil {
		return nil, "", fmt.Errorf("policy set: %w", err)
	}
	set, err = rules.LoadBundle(f, opts)
	return set, source, errors.Join(err, f.Close())
}

// readConfig reads the configuration: the file that is named, or guardhook.yaml
// in the working directory if there is one.
func readConfig(file string) (*rules.Config, error) {
	src, err := os.ReadFile(cmp.Or(file, rules.ConfigFile))
	if file == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return rules.ParseConfig(cmp.Or(file, rules.ConfigFile), src)
}
