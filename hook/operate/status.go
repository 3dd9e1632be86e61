package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/stacks"
	"github.com/fsxns3ap/guardhook/rules"
)

// Local is what a deployment is compared with.
type Local struct {
	// Package is the archive of the function, or empty.
	Package string
	// Policy is a folder, a bundle, or Embedded. If it is empty, a built-in set
	// is compared with the built-in one, and any other is not compared.
	Policy string
	// Key verifies a bundle that is signed; may be nil.
	Key *PublicKey
}

// Status is a hook as it is deployed, and where it differs from what is here.
type Status struct {
	Hook    string `json:"hook"`
	Managed bool   `json:"managed"`
	Stack   string `json:"stack,omitempty"`
	// Version is that of the hook type or of the function.
	Version string `json:"version"`
	Enabled bool   `json:"enabled"`
	Mode    Mode   `json:"mode"`
	// Policy locates the policy set.
	Policy     string         `json:"policy"`
	Digest     string         `json:"policy_digest,omitempty"`
	Revision   string         `json:"policy_revision,omitempty"`
	Code       string         `json:"code_sha256,omitempty"`
	Operations []string       `json:"target_operations"`
	Filters    map[string]any `json:"filters,omitempty"`
	// Differences say what is not as it is here, or as the stack says.
	Differences []string `json:"differences"`
}

func (s *Status) differ(format string, args ...any) {
	s.Differences = append(s.Differences, fmt.Sprintf(format, args...))
}

// Status compares a hook with what is here.
func (o *Operator) Status(ctx context.Context, t Target, l Local) (*Status, error) {
	f, err := o.find(ctx, t)
	if err != nil {
		return nil, err
	}
	c, err := o.configuration(ctx, f.hookType)
	if err != nil {
		return nil, err
	}
	s := &Status{
		Hook: f.name, Managed: f.stack != nil, Version: f.defaultVersion, Enabled: c.field(invocationStatus) == "ENABLED",
		Mode: Mode(c.field(failureMode)), Operations: c.texts(targetOperations), Filters: map[string]any{}, Differences: []string{},
	}
	h, err := c.hook()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{targetFilters, stackFilters} {
		if h[name] != nil {
			s.Filters[name] = h[name]
		}
	}
	if f.stack == nil {
		properties, _ := h[hookProperties].(map[string]any)
		config := hook.DefaultConfig()
		config.Policy, config.PolicyConfig = textOf(properties, "policy", hook.Embedded), textOf(properties, "policyConfig", "")
		return s, o.policyStatus(ctx, s, config, properties, l)
	}
	s.Stack = f.stack.Name
	config, err := o.functionStatus(ctx, s, f.stack, l)
	if err != nil {
		return nil, err
	}
	return s, o.policyStatus(ctx, s, config, nil, l)
}

// functionStatus adds what the function of a managed hook is, and returns its
// settings.
func (o *Operator) functionStatus(ctx context.Context, s *Status, stack *stacks.Stack, l Local) (hook.Config, error) {
	name := stack.Outputs["FunctionAlias"]
	out, err := o.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return hook.Config{}, err
	}
	s.Version, s.Code = aws.ToString(out.Version), aws.ToString(out.CodeSha256)
	if want := stack.Parameters["FailureMode"]; want != string(s.Mode) {
		s.differ("mode: %s, and the stack says %s: it was changed outside of the stack", s.Mode, want)
	}
	if want := stack.Parameters["HookStatus"]; (want == "ENABLED") != s.Enabled {
		s.differ("enabled: %t, and the stack says %s: it was changed outside of the stack", s.Enabled, want)
	}
	if want := stack.Parameters["CodeSha256"]; want != s.Code {
		s.differ("code: SHA-256 %s, and the stack says %s: it was changed outside of the stack", s.Code, want)
	}
	if l.Package != "" {
		a, err := stacks.ReadArchive(l.Package, "make package")
		if err != nil {
			return hook.Config{}, err
		}
		if a.Base64() != s.Code {
			s.differ("code: SHA-256 %s, and %s has %s", s.Code, l.Package, a.Base64())
		}
	}
	var environ []string
	if out.Environment != nil {
		for name, value := range out.Environment.Variables {
			environ = append(environ, name+"="+value)
		}
	}
	config, err := hook.ConfigFromEnv(environ)
	if err != nil {
		return config, fmt.Errorf("function %s: %w", name, err)
	}
	return config, nil
}

// textOf returns a property, or what holds if it is not set.
func textOf(properties map[string]any, name, otherwise string) string {
	if text, ok := properties[name].(string); ok {
		return text
	}
	return otherwise
}

// policyStatus adds the policy set that the settings lead to, read as the hook
// reads it. Those of a private hook are its properties.
func (o *Operator) policyStatus(ctx context.Context, s *Status, config hook.Config, properties map[string]any, l Local) error {
	s.Policy = config.Policy
	got, err := o.load(ctx, config, properties)
	if err != nil {
		s.differ("policy: it does not load: %v", err)
		return nil
	}
	s.Digest, s.Revision = got.digest, got.revision
	want, err := o.localDigest(config, l)
	if err != nil {
		return err
	}
	if want != "" && want != s.Digest {
		s.differ("policy: %s, and here it is %s", s.Digest, want)
	}
	return nil
}

// localDigest returns the digest of the policy set here, "" if there is nothing
// to compare with.
func (o *Operator) localDigest(config hook.Config, l Local) (string, error) {
	switch l.Policy {
	case "":
		return "", nil
	case Embedded:
		opts := o.options(Embedded, nil)
		if config.PolicyConfig != "" {
			c, err := rules.ParseConfig("policyConfig", []byte(config.PolicyConfig))
			if err != nil {
				return "", err
			}
			opts.Config = c
		}
		set, err := rules.Embedded(opts)
		if err != nil {
			return "", err
		}
		return set.Digest(), nil
	}
	if config.PolicyConfig != "" {
		return "", errors.New("the function has a configuration of its own (GUARDHOOK_POLICY_CONFIG), which --policy does not have: the two cannot be compared")
	}
	set, err := o.readPolicy(l.Policy, l.Key)
	if err != nil {
		return "", err
	}
	return set.digest, nil
}

// WriteText writes the status for people.
func (s *Status) WriteText(w io.Writer) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s%s\n", name+":", value)
		}
	}
	kind := "private"
	if s.Managed {
		kind = "managed, stack " + s.Stack
	}
	line("hook", s.Hook+" ("+kind+")")
	line("version", s.Version)
	line("enabled", fmt.Sprint(s.Enabled))
	line("mode", string(s.Mode))
	line("operations", strings.Join(s.Operations, ", "))
	for _, name := range slices.Sorted(maps.Keys(s.Filters)) {
		text, err := stacks.Compact(map[string]any{name: s.Filters[name]})
		if err != nil {
			return err
		}
		line("filter", text)
	}
	line("policy", s.Policy)
	line("digest", s.Digest)
	line("revision", s.Revision)
	line("code", s.Code)
	for _, d := range s.Differences {
		line("differs", d)
	}
	if len(s.Differences) == 0 {
		line("differs", "no")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
