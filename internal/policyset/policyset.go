// Package policyset loads the policy set that a command line and a configuration
// name.
package policyset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

// Embedded names the built-in policy set.
const Embedded = "embedded"

// Source says where a policy set comes from.
type Source struct {
	// Policy is Embedded, a folder or a bundle file; "" for what the
	// configuration names, or Embedded.
	Policy string
	// Config is a configuration file; "" for guardhook.yaml in the working
	// directory, if there is one.
	Config string
	// Profile is the name of a profile; "" for what the configuration names.
	Profile string
	// Unenforced is that of rules.Options.
	Unenforced bool
	// Now is the clock that waivers expire by.
	Now func() time.Time
}

// Load loads a policy set. name is what it is called in reports.
func Load(from Source) (set *rules.Set, name string, err error) {
	source, config, err := Locate(from)
	if err != nil {
		return nil, "", err
	}
	opts := rules.Options{Config: config, KnownType: schema.Match, Name: source, Now: from.Now, Unenforced: from.Unenforced}
	if from.Profile != "" {
		if opts.Profile, err = rules.FindProfile(from.Profile); err != nil {
			return nil, "", err
		}
	}
	if source == Embedded {
		set, err = rules.Embedded(opts)
		return set, source, err
	}
	if strings.Contains(source, "://") {
		return nil, "", fmt.Errorf("policy set %s: read are %s, folders and bundle files (.tar.gz)", source, Embedded)
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

// Locate tells where the policy set is, without loading it, and reads the
// configuration, which is nil if there is none.
func Locate(from Source) (source string, config *rules.Config, err error) {
	if config, err = readConfig(from.Config); err != nil {
		return "", nil, err
	}
	source = from.Policy
	if source == "" && config != nil && config.Policy != "" {
		source = config.Policy
		if !filepath.IsAbs(source) && source != Embedded && !strings.Contains(source, "://") {
			source = filepath.Join(filepath.Dir(cmp.Or(from.Config, rules.ConfigFile)), source)
		}
	}
	return cmp.Or(source, Embedded), config, nil
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
