package rules

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// ConfigFile is the name of a configuration file.
const ConfigFile = "guardhook.yaml"

// DefaultWaiverNoticeDays is the WaiverNoticeDays of a configuration that says
// nothing of it.
const DefaultWaiverNoticeDays = 30

const maxNoticeDays = 366

// Config is what a guardhook.yaml says: how the rules of a policy set are
// enforced. ConfigSchema describes the file.
type Config struct {
	Version int
	// Policy locates the policy set; the rules package does not follow it.
	Policy string
	// Profile is the selection of levels that Levels change; severity alone
	// decides if nil.
	Profile *Profile
	// Levels set the enforcement levels; a later entry wins over an earlier one.
	Levels []LevelRule
	// Params replace defaults of data.params: family, parameter, value.
	Params  map[string]map[string]any
	Waivers []Waiver
	// InlineWaivers allows waivers in the Metadata of resources.
	InlineWaivers bool
	// WaiverNoticeDays is how many days before its last day a waiver is reported
	// as one that expires; DefaultWaiverNoticeDays if nil.
	WaiverNoticeDays *int
	// Undecided is the strongest level of a finding whose verdict depends on an
	// unknown value: Block, Warn or Advise. The zero value is Block.
	Undecided Level
	// GuardSeverity is the severity of Guard rules; DefaultGuardSeverity if zero.
	GuardSeverity Severity
	// Strict makes a violation in some scenarios block at every gate.
	Strict bool

	file      string
	positions map[string][2]int // of entries, by dotted path
}

// LevelRule sets the level of the rules that meet all of its conditions. An
// empty list is no condition. Elements are exact, or patterns with *.
type LevelRule struct {
	Rules      []string   `json:"rules,omitempty"`      // rule ids
	Families   []string   `json:"families,omitempty"`   // rule families
	Severities []Severity `json:"severities,omitempty"` // severities
	Stacks     []string   `json:"stacks,omitempty"`     // stack names
	Accounts   []string   `json:"accounts,omitempty"`   // account ids
	Level      Level      `json:"level"`
}

//go:embed guardhook.schema.json
var configSchema string

// ConfigSchema returns the JSON Schema of guardhook.yaml.
func ConfigSchema() string { return configSchema }

// ParseConfig reads a guardhook.yaml. Its errors are LoadErrors, each with the
// position of what is wrong.
func ParseConfig(file string, src []byte) (*Config, error) {
	var errs LoadErrors
	c := &Config{file: file, positions: map[string][2]int{}}
	y := yamlReader{file: file, errs: &errs}
	root := y.parse(src)
	if root == nil {
		return nil, errs.err()
	}
	y.fields(root, "the configuration", map[string]func(*yaml.Node){
		"version": func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || n.Value != "1" {
				y.fail(n, "unknown version (want 1)")
			}
			c.Version = 1
		},
		"policy": func(n *yaml.Node) {
			if c.Policy = y.text(n); c.Policy == "" {
				y.fail(n, "policy is empty")
			}
		},
		"profile": func(n *yaml.Node) { c.Profile = y.profile(n) },
		"undecided": func(n *yaml.Node) {
			if c.Undecided = y.level(n); c.Undecided == Off {
				y.fail(n, "undecided findings cannot be turned off (want advise, warn or block)")
			}
		},
		"strict": func(n *yaml.Node) {
			c.mark("strict", n)
			c.Strict = y.boolean(n)
		},
		"inline_waivers": func(n *yaml.Node) { c.InlineWaivers = y.boolean(n) },
		"levels":         func(n *yaml.Node) { c.Levels = y.levels(n, c) },
		"params":         func(n *yaml.Node) { c.Params = y.params(n, c) },
		"waivers":        func(n *yaml.Node) { c.Waivers = y.waivers(n, c) },
		"waiver_notice_days": func(n *yaml.Node) {
			days := y.number(n, maxNoticeDays)
			c.WaiverNoticeDays = &days
		},
		"guard": func(n *yaml.Node) {
			y.fields(n, "guard", map[string]func(*yaml.Node){
				"severity": func(n *yaml.Node) { c.GuardSeverity = y.severity(n) },
			})
		},
	})
	if c.Version == 0 && len(errs) == 0 {
		y.fail(root, "version is missing (want version: 1)")
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// onlyLocates tells whether the configuration says nothing but where the policy
// set is.
func (c *Config) onlyLocates() bool {
	return c == nil || (len(c.Levels) == 0 && len(c.Params) == 0 && len(c.Waivers) == 0 &&
		!c.InlineWaivers && c.GuardSeverity == 0 && (c.Undecided == Block || c.Undecided == 0) && !c.Strict &&
		c.Profile == nil && c.WaiverNoticeDays == nil)
}

// inForce returns the configuration with all defaults filled in. A profile that
// is given wins over the one in the file; what the file says itself wins over
// both.
func (c *Config) inForce(profile *Profile) *Config {
	out := Config{Version: 1}
	if c != nil {
		out = *c
	}
	if profile != nil {
		out.Profile = profile
	}
	if p := out.Profile; p != nil {
		out.Undecided = cmp.Or(out.Undecided, p.Undecided)
		if _, said := out.positions["strict"]; !said {
			out.Strict = out.Strict || p.Strict
		}
	}
	out.Undecided = cmp.Or(out.Undecided, Block)
	return &out
}

// unenforced is the configuration without all that changes levels or waives.
func (c *Config) unenforced() *Config {
	return &Config{
		Version: c.Version, Policy: c.Policy, Params: c.Params, GuardSeverity: c.GuardSeverity, Undecided: Block,
		file: c.file, positions: c.positions,
	}
}

// NoticeDays is WaiverNoticeDays, or the default.
func (c *Config) NoticeDays() int {
	if c.WaiverNoticeDays == nil {
		return DefaultWaiverNoticeDays
	}
	return *c.WaiverNoticeDays
}

// fail reports a complaint about the entry at a dotted path.
func (c *Config) fail(errs *LoadErrors, path, format string, args ...any) {
	pos := c.positions[path]
	errs.add(c.file, pos[0], pos[1], format, args...)
}

func (c *Config) mark(path string, n *yaml.Node) { c.positions[path] = [2]int{n.Line, n.Column} }

func (y yamlReader) level(n *yaml.Node) Level {
	l, ok := ParseLevel(y.text(n))
	if !ok {
		y.fail(n, "unknown level %q (want off, advise, warn or block)", n.Value)
	}
	return l
}

func (y yamlReader) severity(n *yaml.Node) Severity {
	name := y.text(n)
	s, ok := ParseSeverity(name)
	if !ok || s.String() != name {
		y.fail(n, "unknown severity %q (want INFORMATIONAL, LOW, MEDIUM, HIGH or CRITICAL)", name)
	}
	return s
}

func (y yamlReader) levels(n *yaml.Node, c *Config) []LevelRule {
	var out []LevelRule
	y.items(n, "levels", func(path string, item *yaml.Node) {
		c.mark(path, item)
		var l LevelRule
		before := len(*y.errs)
		patterns := func(name string, into *[]string) func(*yaml.Node) {
			return func(n *yaml.Node) {
				*into = y.patterns(n, name)
				for i, item := range n.Content {
					c.mark(path+"."+name+"."+itoa(i), item)
				}
			}
		}
		y.fields(item, path, map[string]func(*yaml.Node){
			"rules":    patterns("rules", &l.Rules),
			"families": patterns("families", &l.Families),
			"stacks":   patterns("stacks", &l.Stacks),
			"accounts": patterns("accounts", &l.Accounts),
			"severities": func(n *yaml.Node) {
				for i := range y.patterns(n, "severities") {
					l.Severities = append(l.Severities, y.severity(n.Content[i]))
				}
			},
			"level": func(n *yaml.Node) { l.Level = y.level(n) },
		})
		if l.Level == 0 && len(*y.errs) == before {
			y.fail(item, "%s has no level", path)
		}
		out = append(out, l)
	})
	return out
}

func (y yamlReader) params(n *yaml.Node, c *Config) map[string]map[string]any {
	out := map[string]map[string]any{}
	y.each(n, "params", func(key, value *yaml.Node) {
		c.mark("params."+key.Value, key)
		family := map[string]any{}
		y.each(value, "params."+key.Value, func(name, v *yaml.Node) {
			c.mark("params."+key.Value+"."+name.Value, name)
			family[name.Value] = y.value(v)
		})
		out[key.Value] = family
	})
	return out
}

func (y yamlReader) waivers(n *yaml.Node, c *Config) []Waiver {
	var out []Waiver
	y.items(n, "waivers", func(path string, item *yaml.Node) {
		c.mark(path, item)
		w := Waiver{File: y.file, Line: item.Line}
		y.waiver(item, path, &w)
		out = append(out, w)
	})
	return out
}

func (y yamlReader) waiver(item *yaml.Node, path string, w *Waiver) {
	before := len(*y.errs)
	y.fields(item, path, map[string]func(*yaml.Node){
		"rule":     func(n *yaml.Node) { w.Rule = y.text(n) },
		"resource": func(n *yaml.Node) { w.Resource = y.text(n) },
		"stack":    func(n *yaml.Node) { w.Stack = y.text(n) },
		"reason":   func(n *yaml.Node) { w.Reason = strings.TrimSpace(y.text(n)) },
		"owner":    func(n *yaml.Node) { w.Owner = strings.TrimSpace(y.text(n)) },
		"ticket":   func(n *yaml.Node) { w.Ticket = y.text(n) },
		"expires": func(n *yaml.Node) {
			w.Expires = Date(y.text(n))
			if _, err := time.Parse(time.DateOnly, n.Value); err != nil {
				y.fail(n, "expires is no date of the form 2006-01-02")
			}
		},
	})
	for _, want := range [...][2]string{
		{"rule", w.Rule}, {"resource", w.Resource}, {"reason", w.Reason}, {"owner", w.Owner}, {"expires", string(w.Expires)},
	} {
		if want[1] == "" && len(*y.errs) == before {
			y.fail(item, "%s has no %s", path, want[0])
		}
	}
}

// patterns reads a list with at least one non-empty text.
func (y yamlReader) patterns(n *yaml.Node, what string) []string {
	out := y.texts(n)
	if n.Kind == yaml.SequenceNode && len(out) == 0 {
		y.fail(n, "%s is empty; leave it out to match all", what)
	}
	if i := slices.Index(out, ""); i >= 0 && n.Content[i].ShortTag() == "!!str" {
		y.fail(n.Content[i], "an empty pattern matches nothing")
	}
	return out
}

// number reads a whole number from 0 to most.
func (y yamlReader) number(n *yaml.Node, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil || v < 0 || v > most {
		y.fail(n, "want a whole number from 0 to %d", most)
		return 0
	}
	return v
}

func (y yamlReader) items(n *yaml.Node, what string, fn func(path string, item *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		y.fail(n, "%s must be a list", what)
		return
	}
	for i, item := range n.Content {
		fn(what+"."+itoa(i), item)
	}
}

// canonical returns what the digest of a policy set takes from the
// configuration, parameters apart.
func (c *Config) canonical() []byte {
	out, err := json.Marshal(struct {
		Profile       *Profile `json:",omitempty"`
		Levels        []LevelRule
		Waivers       []Waiver
		InlineWaivers bool
		Undecided     Level
		Strict        bool
		GuardSeverity Severity `json:",omitempty"`
	}{c.Profile, c.Levels, c.Waivers, c.InlineWaivers, cmp.Or(c.Undecided, Block), c.Strict, c.GuardSeverity})
	if err != nil { // levels that no parser made
		return []byte(err.Error())
	}
	return out
}
