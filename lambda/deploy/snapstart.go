package deploy

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// Snapshot says what became of SnapStart for a function.
type Snapshot struct {
	Function string // the name
	// Version is the one that has a snapshot; empty if none has.
	Version string
	// Reason says why none has or, with a version, who does not use it.
	Reason string
}

// snapStartParameter is the parameter of templates that turns SnapStart on.
const snapStartParameter = "EnableSnapStart"

// EnableSnapStart turns SnapStart on in a stack that has a parameter for it, and
// publishes a version of each function that has it. It waits until the versions have
// their snapshots. A function that cannot have one is no error: its reason is told.
//
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
func (d *Deployer) EnableSnapStart(ctx context.Context, name string) ([]Snapshot, error) {
	now, err := d.stacks.Settled(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case !now.Exists():
		return nil, fmt.Errorf("stack %s: there is none in %s", name, d.region)
	}
	if value, ok := now.Parameters[snapStartParameter]; ok && value != "true" {
		// The template may be a serverless one.
		on := stacks.Change{Name: name, Expand: true, Parameters: map[string]string{snapStartParameter: "true"}}
		if _, _, err := d.stacks.Apply(ctx, on, now); err != nil {
			return nil, err
		}
	}
	functions, err := d.stacks.Resources(ctx, name, "AWS::Lambda::Function")
	if err != nil {
		return nil, err
	}
	out := make([]Snapshot, 0, len(functions))
	for _, function := range functions {
		s, err := d.snapshot(ctx, function)
		if err != nil {
			return out, fmt.Errorf("function %s: %w", function, stacks.Explain(err))
		}
		out = append(out, s)
	}
	return out, nil
}

// snapshot publishes a version of a function, if it can have a snapshot.
func (d *Deployer) snapshot(ctx context.Context, function string) (Snapshot, error) {
	out := Snapshot{Function: function}
	now, err := d.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		return out, err
	}
	if out.Reason = hindrance(now); out.Reason != "" {
		return out, nil
	}
	// Without a change since the last one, that is the answer.
	version, err := d.lambda.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: &function})
	if err != nil {
		return out, err
	}
	out.Version = aws.ToString(version.Version)
	d.stacks.Say("function %s: version %s, waiting for its snapshot", function, out.Version)
	if err := d.optimized(ctx, function, out.Version); err != nil {
		return out, err
	}
	aliases, err := d.lambda.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: &function, FunctionVersion: &out.Version})
	if err != nil {
		return out, err
	}
	if len(aliases.Aliases) == 0 {
		out.Reason = "no alias points to the version: calls without a version do not use its snapshot"
	}
	return out, nil
}

// optimized waits until a version has its snapshot.
func (d *Deployer) optimized(ctx context.Context, function, version string) error {
	return d.stacks.Until(ctx, "version "+version, func(ctx context.Context) (bool, error) {
		v, err := d.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function, Qualifier: &version})
		switch {
		case err != nil:
			return false, err
		case v.State == types.StateFailed:
			return false, fmt.Errorf("version %s: its snapshot failed (%s): %s", version, v.StateReasonCode, aws.ToString(v.StateReason))
		case v.State == types.StateInactive: // waiting would not end
			return false, fmt.Errorf("version %s: Lambda took its snapshot away, as nobody had called it for two weeks: call it once, and it is made again", version)
		case v.State == types.StatePending:
			return false, nil
		case v.SnapStart == nil || v.SnapStart.ApplyOn != types.SnapStartApplyOnPublishedVersions:
			return false, fmt.Errorf("version %s: it was published before SnapStart was on, and nothing has changed since: change the function, such as its description", version)
		}
		return v.SnapStart.OptimizationStatus == types.SnapStartOptimizationStatusOn, nil
	})
}

// hindrance says why a function cannot have a snapshot, or nothing.
func hindrance(f *lambda.GetFunctionConfigurationOutput) string {
	switch {
	case f.PackageType == types.PackageTypeImage:
		return "container images have no SnapStart"
	case !snapStartRuntime(string(f.Runtime)):
		return fmt.Sprintf("%s has no SnapStart: managed runtimes of Java from 11, Python from 3.12 and .NET from 8 have", f.Runtime)
	case len(f.FileSystemConfigs) > 0:
		return "functions with a file system of EFS have no SnapStart"
	case f.EphemeralStorage != nil && aws.ToInt32(f.EphemeralStorage.Size) > 512:
		return "functions with more than 512 MB of ephemeral storage have no SnapStart"
	case f.SnapStart == nil || f.SnapStart.ApplyOn != types.SnapStartApplyOnPublishedVersions:
		return "its template does not ask for it: SnapStart.ApplyOn is not PublishedVersions"
	}
	return ""
}

// runtimes are the names of managed runtimes: java17, python3.13, dotnet8.
var runtimes = regexp.MustCompile(`^(java|python3\.|dotnet)([0-9]+)$`)

// firstSnapStart are the first versions that have SnapStart.
var firstSnapStart = map[string]int{"java": 11, "python3.": 12, "dotnet": 8}

func snapStartRuntime(name string) bool {
	m := runtimes.FindStringSubmatch(strings.TrimSuffix(name, ".al2"))
	if m == nil {
		return false
	}
	n, err := strconv.Atoi(m[2])
	return err == nil && n >= firstSnapStart[m[1]]
}
