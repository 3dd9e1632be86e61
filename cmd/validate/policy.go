package main

import (
	"github.com/fsxns3ap/guardhook/internal/policyset"
	"github.com/fsxns3ap/guardhook/rules"
)

// load loads the policy set that the command line and the configuration name.
// source is what it is called in reports.
func (c *Command) load(g *grammar) (set *rules.Set, source string, err error) {
	if g.Profile != "" {
		if _, err := rules.FindProfile(g.Profile); err != nil {
			return nil, "", usagef("--profile: %w", err)
		}
	}
	return policyset.Load(policyset.Source{Policy: g.Policy, Config: g.Config, Profile: g.Profile, Now: c.Now})
}
