package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Profile is a named selection of levels. The levels of a Config change it.
type Profile struct {
	Name   string
	Title  string `json:"-"` // what it is for, in a sentence
	Levels []LevelRule
	// Undecided is as in Config; Block if zero.
	Undecided Level `json:",omitempty"`
	// Strict is as in Config.
	Strict bool `json:",omitempty"`
}

//go:embed profiles.yaml
var profilesSource []byte

// Profiles returns the profiles there are. Their rules and families are those of
// the built-in policy set; in other sets they select what has the same names.
func Profiles() ([]Profile, error) {
	var errs LoadErrors
	y := yamlReader{file: "profiles.yaml", errs: &errs}
	var out []Profile
	if root := y.parse(profilesSource); root != nil {
		y.items(root, "profiles", func(at string, n *yaml.Node) { out = append(out, y.oneProfile(at, n)) })
	}
	return out, errs.err()
}

// FindProfile returns the profile of a name. Its error names those there are.
func FindProfile(name string) (*Profile, error) {
	all, err := Profiles()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name }); i >= 0 {
		return &all[i], nil
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	return nil, fmt.Errorf("unknown profile %q (want %s)", name, strings.Join(names, ", "))
}

func (y yamlReader) oneProfile(at string, n *yaml.Node) (p Profile) {
	y.fields(n, at, map[string]func(*yaml.Node){
		"name":      func(n *yaml.Node) { p.Name = y.text(n) },
		"title":     func(n *yaml.Node) { p.Title = y.text(n) },
		"levels":    func(n *yaml.Node) { p.Levels = y.levels(n, &Config{positions: map[string][2]int{}}) },
		"undecided": func(n *yaml.Node) { p.Undecided = y.level(n) },
		"strict":    func(n *yaml.Node) { p.Strict = y.boolean(n) },
	})
	return p
}

// profile reads the name of a profile.
func (y yamlReader) profile(n *yaml.Node) *Profile {
	name := y.text(n)
	if name == "" && n.ShortTag() != "!!str" {
		return nil // said already
	}
	p, err := FindProfile(name)
	if err != nil {
		y.fail(n, "%v", err)
		return nil
	}
	return p
}

// level is the level of a rule in a profile, or by its severity where there is
// none.
func (p *Profile) level(r *Rule) Level {
	if p == nil {
		return r.DefaultLevel
	}
	for i := len(p.Levels) - 1; i >= 0; i-- {
		if p.Levels[i].selects(r) {
			return p.Levels[i].Level
		}
	}
	return r.DefaultLevel
}
