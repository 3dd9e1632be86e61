package operate

import (
	"context"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// The templates of the package templates.
const (
	managedTemplate  = "managed.yaml"
	stackSetTemplate = "stackset.yaml"
)

// Where deploy puts a policy set in the rules bucket.
const (
	policyFolder = "policy/"
	policyBundle = "policy.tar.gz"
)

// Deployment is the managed hook as it is to be.
type Deployment struct {
	Stack   string
	Package string // file, as "hookctl package" makes it
	// CodeBucket is where the package goes. If it is empty it is that of the
	// stack or, for a new one, a bucket that the stack "<Stack>-code" has.
	CodeBucket string
	// Policy is a folder or a bundle. If it is Embedded it is the built-in set;
	// if it is empty, what the stack has, at first the built-in one.
	Policy string
	// Key verifies a bundle that is signed; may be nil.
	Key *PublicKey
	// Mode is what a refusal does. If it is empty it stays; at first it is Warn.
	Mode Mode
	// Alias names the hook. If it is empty it stays; at first it is DefaultAlias.
	Alias string
	// Architecture is what the package is built for, "arm64" or "x86_64".
	Architecture string
}

// Embedded stands for the built-in policy set.
const Embedded = "embedded"

// Deployed is what came of a deployment.
type Deployed struct {
	// Changed tells whether anything was not that way before.
	Changed bool
	// Outputs are those of the stack.
	Outputs map[string]string
	Alias   string
	Mode    Mode
}

// Deploy creates or updates the stack of the managed hook. A policy set is in its
// bucket before the hook is enabled with it: in a new stack the bucket comes
// first, with the hook disabled.
func (o *Operator) Deploy(ctx context.Context, d Deployment) (*Deployed, error) {
	var set *policySet
	if d.Policy != "" && d.Policy != Embedded {
		var err error
		if set, err = o.readPolicy(d.Policy, d.Key); err != nil {
			return nil, err
		}
	}
	a, err := stacks.ReadArchive(d.Package, "make package")
	if err != nil {
		return nil, err
	}
	template, err := hookTemplate(managedTemplate)
	if err != nil {
		return nil, err
	}
	now, err := o.stacks.Settled(ctx, d.Stack)
	if err != nil {
		return nil, err
	}
	out := &Deployed{}
	parameters, err := o.codeParameters(ctx, d, a, now)
	if err != nil {
		return nil, err
	}
	d.choose(parameters, set)
	if set != nil {
		if !now.Exists() {
			o.say("stack %s: first with the hook disabled, for its rules bucket", d.Stack)
			first := stacks.Change{Name: d.Stack, Template: template, Parameters: with(parameters, "HookStatus", "DISABLED")}
			if now, out.Changed, err = o.stacks.Apply(ctx, first, now); err != nil {
				return nil, err
			}
		}
		pushed, err := o.store(ctx, set, location{bucket: now.Outputs["RulesBucket"], path: parameters["PolicyKey"]})
		if err != nil {
			return nil, err
		}
		out.Changed = out.Changed || pushed.Changed
	}
	last := stacks.Change{Name: d.Stack, Template: template, Parameters: with(parameters, "HookStatus", "ENABLED")}
	after, changed, err := o.stacks.Apply(ctx, last, now)
	if err != nil {
		return nil, err
	}
	out.Changed = out.Changed || changed
	out.Outputs, out.Alias, out.Mode = after.Outputs, after.Parameters["HookAlias"], Mode(after.Parameters["FailureMode"])
	return out, nil
}

// with returns a copy with one more entry.
func with(m map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// codeParameters uploads the package and returns the parameters that say where
// it is.
func (o *Operator) codeParameters(ctx context.Context, d Deployment, a *stacks.Archive, now *stacks.Stack) (map[string]string, error) {
	bucket := d.CodeBucket
	if bucket == "" && now.Exists() {
		bucket = now.Parameters["CodeBucket"]
	}
	if bucket == "" {
		var err error
		if bucket, err = o.codeBucket(ctx, d.Stack); err != nil {
			return nil, err
		}
	}
	key, err := o.stacks.Upload(ctx, a, bucket, d.Stack)
	if err != nil {
		return nil, err
	}
	return map[string]string{"CodeBucket": bucket, "CodeKey": key, "CodeSha256": a.Base64()}, nil
}

// choose adds the parameters that are asked for; others keep their values.
func (d *Deployment) choose(parameters map[string]string, set *policySet) {
	if d.Mode != "" {
		parameters["FailureMode"] = string(d.Mode)
	}
	if d.Alias != "" {
		parameters["HookAlias"] = d.Alias
	}
	if d.Architecture != "" {
		parameters["Architecture"] = d.Architecture
	}
	switch {
	case d.Policy == Embedded:
		parameters["PolicySource"] = Embedded
	case set == nil:
		return
	case set.bundle == nil:
		parameters["PolicySource"], parameters["PolicyKey"] = "bucket", policyFolder
	default:
		parameters["PolicySource"], parameters["PolicyKey"] = "bucket", policyBundle
	}
	key := PublicKey{Algorithm: "RS256"}
	if d.Key != nil {
		key = *d.Key
	}
	parameters["VerificationKey"], parameters["VerificationKeyId"], parameters["VerificationAlgorithm"] = key.PEM, key.ID, key.Algorithm
}

// codeStack names the stack of the bucket that deploy makes for packages.
func codeStack(name string) string { return name + "-code" }

// codeBucket returns a bucket for packages, after making it if need be.
func (o *Operator) codeBucket(ctx context.Context, name string) (string, error) {
	account, err := o.account(ctx)
	if err != nil {
		return "", err
	}
	return o.stacks.CodeBucket(ctx, codeStack(name), account)
}
