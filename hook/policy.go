package hook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/keys"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

// policy is a policy set in force, and when it was last known to be current.
type policy struct {
	set     *rules.Set
	checked time.Time
	// fixed means that there can be no newer one.
	fixed bool
}

// tail is what every message says of the policy set.
func (p *policy) tail(now time.Time) string {
	const digest = len("sha256:") + 12
	text := p.set.Digest()[:digest]
	if r := p.set.Revision(); r != "" {
		text += ", revision " + cut(r, 40)
	}
	if !p.fixed {
		text += fmt.Sprintf(", %s old", p.age(now))
	}
	return "[policy " + text + "]"
}

func (p *policy) age(now time.Time) time.Duration {
	if p.fixed {
		return 0
	}
	return max(now.Sub(p.checked), 0).Truncate(time.Second)
}

// loaded is what a loader found.
type loaded struct {
	set *rules.Set // nil: what is in force is current
	// mark identifies what was loaded, for the next request.
	mark  string
	fixed bool
}

// loader reads a policy set. mark is what it said of the one in force, or
// empty. Errors are *Failure.
type loader interface {
	load(ctx context.Context, c *Credentials, mark string) (loaded, error)
}

// cache keeps the policy set of one configuration, and sees to its age.
type cache struct {
	config Config
	loader loader
	now    func() time.Time
	// refused is told of policy sets that were not taken in place of a good one.
	refused func(error)

	turn chan struct{} // held by whoever loads

	mu    sync.Mutex
	good  *policy
	mark  string
	tried time.Time // when loading was last tried
	err   error     // what came of it
}

// Limits of a refresh.
const (
	refreshTime  = 5 * time.Second
	refreshPause = 5 * time.Second // after a refresh that failed
)

func newCache(c Config, l loader, now func() time.Time, refused func(error)) *cache {
	return &cache{config: c, loader: l, now: now, refused: refused, turn: make(chan struct{}, 1)}
}

// current returns the policy set in force. It is asked for a newer one when it
// is older than Config.Refresh; what does not load never replaces what did, for
// as long as Config.MaxAge allows.
func (c *cache) current(ctx context.Context, creds *Credentials) (*policy, error) {
	good, due := c.look()
	if good != nil && !due {
		return good, c.tooOld(good)
	}
	if good != nil {
		select {
		case c.turn <- struct{}{}:
		default:
			// Someone else is asking.
			return good, c.tooOld(good)
		}
	} else {
		select {
		case c.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, failf(InternalFailure, "policy set: no time left to load it")
		}
	}
	defer func() { <-c.turn }()
	if good, due = c.look(); due {
		c.refresh(ctx, creds, good)
		good, _ = c.look()
	}
	if good == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		return nil, c.err
	}
	return good, c.tooOld(good)
}

// look returns the policy set in force, and whether to ask for a newer one.
func (c *cache) look() (good *policy, due bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	switch {
	case c.good == nil:
		return nil, true
	case c.good.fixed, now.Sub(c.good.checked) < c.config.Refresh:
		return c.good, false
	}
	return c.good, c.err == nil || now.Sub(c.tried) >= refreshPause
}

func (c *cache) tooOld(p *policy) error {
	if p.fixed || c.now().Sub(p.checked) <= c.config.MaxAge {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reason := "no newer one could be read"
	if c.err != nil {
		reason = c.err.Error()
	}
	return failf(InternalFailure, "policy set: %s old, more than %s: %s", p.age(c.now()), c.config.MaxAge, reason)
}

// refresh asks the loader, in the time that leaves enough to judge.
func (c *cache) refresh(ctx context.Context, creds *Credentials, good *policy) {
	patience := refreshTime
	if deadline, ok := ctx.Deadline(); ok && good != nil {
		patience = min(patience, time.Until(deadline)/3)
	}
	if good != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	started := c.now()
	l, err := c.load(ctx, creds, good)
	c.mu.Lock()
	c.tried, c.err = started, err
	switch {
	case err != nil:
	case l.set == nil:
		c.good = &policy{set: c.good.set, checked: started, fixed: l.fixed}
	default:
		c.good, c.mark = &policy{set: l.set, checked: started, fixed: l.fixed}, l.mark
	}
	c.mu.Unlock()
	if err != nil && good != nil {
		c.refused(err)
	}
}

func (c *cache) load(ctx context.Context, creds *Credentials, good *policy) (l loaded, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = failf(InternalFailure, "policy set: loading it panicked")
		}
	}()
	mark := ""
	if good != nil {
		c.mu.Lock()
		mark = c.mark
		c.mu.Unlock()
	}
	if l, err = c.loader.load(ctx, creds, mark); err != nil {
		return loaded{}, err
	}
	switch {
	case l.set == nil && good == nil:
		return loaded{}, failf(InternalFailure, "policy set: nothing was read")
	case l.set == nil || good == nil || c.config.AllowOlder:
		return l, nil
	case compareRevisions(l.set.Revision(), good.set.Revision()) < 0:
		return loaded{}, failf(InternalFailure, "policy set: revision %q is older than %q, which is in use",
			cut(l.set.Revision(), 40), cut(good.set.Revision(), 40))
	}
	return l, nil
}

// compareRevisions orders revisions the way that versions are: numbers in them
// by their value, all else byte by byte.
func compareRevisions(a, b string) int {
	for a != "" && b != "" {
		x, y := leadingDigits(a), leadingDigits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return strings.Compare(a[:1], b[:1])
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(x):], b[len(y):]
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		if n := strings.Compare(x, y); n != 0 {
			return n
		}
	}
	return len(a) - len(b)
}

func leadingDigits(s string) string {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n]
}

// options returns how policy sets are loaded.
func (c *Config) options(now func() time.Time) (rules.Options, error) {
	opts := rules.Options{KnownType: schema.Match, Now: now, Name: c.Policy}
	if c.PolicyConfig != "" {
		config, err := rules.ParseConfig("policyConfig", []byte(c.PolicyConfig))
		if err != nil {
			return opts, failf(InvalidTypeConfiguration, "%v", err)
		}
		if config.Policy != "" && (config.Policy == Embedded) != (c.Policy == Embedded) {
			return opts, failf(InvalidTypeConfiguration, "policyConfig: its policy is another set than that of the setting policy, which the hook judges by: "+
				"leave policy out of policyConfig, or have both name the same set")
		}
		opts.Config = config
	}
	if c.VerificationKey == "" {
		return opts, nil
	}
	key := &keys.Config{Key: c.VerificationKey, Algorithm: c.VerificationAlgorithm}
	opts.Verification = bundle.NewVerificationConfig(map[string]*keys.Config{c.VerificationKeyID: key}, c.VerificationKeyID, "", nil)
	return opts, nil
}

// embeddedLoader loads the built-in policy set.
type embeddedLoader struct{ opts rules.Options }

func (l embeddedLoader) load(context.Context, *Credentials, string) (loaded, error) {
	set, err := rules.Embedded(l.opts)
	if err != nil {
		return loaded{}, refusedSet(err)
	}
	return loaded{set: set, fixed: true}, nil
}

// givenLoader is for a policy set that the caller has loaded.
type givenLoader struct{ set *rules.Set }

func (l givenLoader) load(context.Context, *Credentials, string) (loaded, error) {
	return loaded{set: l.set, fixed: true}, nil
}

// refusedSet says why a policy set does not load. Its text is that of the set's
// author.
func refusedSet(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return failf(InternalFailure, "policy set: %v", err)
}
