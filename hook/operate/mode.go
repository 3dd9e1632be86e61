package operate

import (
	"context"
	"fmt"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// DefaultAlias is the name of the managed hook.
const DefaultAlias = "FSxNS3AP::Guard::Gate"

// DefaultStack is the name of the stack of the managed hook.
const DefaultStack = "guardhook"

// Target says which hook is meant.
type Target struct {
	// Stack is the stack of a managed hook.
	Stack string
	// Alias is the name of the hook. If it is empty it is what the stack says.
	Alias string
}

// found is the hook that a Target means.
type found struct {
	*hookType
	// stack is that of a managed hook, nil for a private one.
	stack *stacks.Stack
}

// find returns the hook that is meant.
func (o *Operator) find(ctx context.Context, t Target) (*found, error) {
	s, err := o.stacks.Settled(ctx, t.Stack)
	if err != nil {
		return nil, err
	}
	alias := t.Alias
	if alias == "" {
		if !s.Exists() {
			return nil, fmt.Errorf("stack %s: there is none in %s; name a hook with --alias, or its stack with --stack", t.Stack, o.region)
		}
		if alias = s.Parameters["HookAlias"]; alias == "" {
			return nil, fmt.Errorf("stack %s: it is not the stack of a hook (it has no parameter HookAlias)", t.Stack)
		}
	}
	h, err := o.hookType(ctx, alias)
	switch {
	case err != nil:
		return nil, err
	case h == nil:
		return nil, fmt.Errorf("hook %s: there is none in %s", alias, o.region)
	}
	if s.Exists() && s.Parameters["HookAlias"] == alias {
		return &found{h, s}, nil
	}
	if h.managed() {
		return nil, fmt.Errorf("hook %s: it is managed, and not by stack %s; name its stack with --stack", alias, t.Stack)
	}
	return &found{h, nil}, nil
}

// CurrentMode returns the mode of a hook.
func (o *Operator) CurrentMode(ctx context.Context, t Target) (Mode, error) {
	f, err := o.find(ctx, t)
	if err != nil {
		return "", err
	}
	if f.stack != nil {
		return Mode(f.stack.Parameters["FailureMode"]), nil
	}
	c, err := o.configuration(ctx, f.hookType)
	if err != nil {
		return "", err
	}
	return Mode(c.field(failureMode)), nil
}

// SetMode changes the mode of a hook: that of a managed one through its stack, so
// that the stack does not drift. It returns the mode before.
func (o *Operator) SetMode(ctx context.Context, t Target, mode Mode) (before Mode, err error) {
	f, err := o.find(ctx, t)
	if err != nil {
		return "", err
	}
	if f.stack != nil {
		before = Mode(f.stack.Parameters["FailureMode"])
		if before == mode {
			return before, nil
		}
		_, _, err = o.stacks.Apply(ctx, stacks.Change{Name: f.stack.Name, Parameters: map[string]string{"FailureMode": string(mode)}}, f.stack)
		return before, err
	}
	was, _, err := o.configure(ctx, f.hookType, func(c *typeConfiguration) error {
		return c.set(map[string]any{failureMode: string(mode)})
	})
	if err != nil {
		return "", err
	}
	return Mode(was.field(failureMode)), nil
}
