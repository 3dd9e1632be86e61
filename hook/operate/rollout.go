package operate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// Rollout is the hook in an organization as it is to be.
type Rollout struct {
	StackSet string
	Package  string // file, as "hookctl package" makes it
	// BucketPrefix, a hyphen and the Region name the bucket of each Region,
	// which all accounts may read.
	BucketPrefix string
	Regions      []string
	// Waves are the organizational units, in the order in which they are done.
	Waves [][]string
	// Mode is what a refusal does. If it is empty it stays; at first it is Warn.
	Mode Mode
	// DelegatedAdmin calls as a delegated administrator of StackSets.
	DelegatedAdmin bool
	// ConcurrentPercentage is how many accounts of a wave are done at a time.
	ConcurrentPercentage int32
}

// Rollout deploys the hook in the accounts of organizational units, wave by wave.
// It stops at the first account that fails. Accounts that have the hook are
// updated.
func (o *Operator) Rollout(ctx context.Context, r Rollout) error {
	a, err := stacks.ReadArchive(r.Package, "make package")
	if err != nil {
		return err
	}
	template, err := hookTemplate(stackSetTemplate)
	if err != nil {
		return err
	}
	key, err := o.uploadEverywhere(ctx, a, r)
	if err != nil {
		return err
	}
	parameters := map[string]string{
		"StackSetName": r.StackSet, "CodeBucketPrefix": r.BucketPrefix, "CodeKey": key, "CodeSha256": a.Base64(),
	}
	if r.Mode != "" {
		parameters["FailureMode"] = string(r.Mode)
	}
	set := &stackSet{o: o, r: r, template: template}
	if err := set.open(ctx, parameters); err != nil {
		return err
	}
	for i, units := range r.Waves {
		o.say("wave %d of %d: %s in %s", i+1, len(r.Waves), strings.Join(units, ", "), strings.Join(r.Regions, ", "))
		if err := set.wave(ctx, units); err != nil {
			return fmt.Errorf("wave %d of %d: %w", i+1, len(r.Waves), Explain(err))
		}
	}
	return nil
}

// uploadEverywhere stores the package in the bucket of each Region.
func (o *Operator) uploadEverywhere(ctx context.Context, a *stacks.Archive, r Rollout) (key string, err error) {
	client := o.s3
	defer func() { o.s3 = client }()
	for _, region := range r.Regions {
		o.s3 = s3.New(client.Options(), func(opts *s3.Options) { opts.Region = region })
		if key, err = o.stacks.Upload(ctx, a, r.BucketPrefix+"-"+region, r.StackSet); err != nil {
			return "", err
		}
	}
	return key, nil
}

// stackSet is the StackSet of a rollout.
type stackSet struct {
	o        *Operator
	r        Rollout
	template string
	input    []types.Parameter
	// stale means that the StackSet has another template or other parameters
	// than it is to have. The next update changes that.
	stale bool
}

func (s *stackSet) callAs() types.CallAs {
	if s.r.DelegatedAdmin {
		return types.CallAsDelegatedAdmin
	}
	return types.CallAsSelf
}

// open creates the StackSet if there is none, and waits for operations that are
// left from before.
func (s *stackSet) open(ctx context.Context, parameters map[string]string) error {
	out, err := s.o.cfn.DescribeStackSet(ctx, &cloudformation.DescribeStackSetInput{StackSetName: &s.r.StackSet, CallAs: s.callAs()})
	var none *types.StackSetNotFoundException
	switch {
	case errors.As(err, &none):
		s.input = stackSetParameters(parameters)
		return s.create(ctx)
	case err != nil:
		return err
	case out.StackSet.PermissionModel != types.PermissionModelsServiceManaged:
		return fmt.Errorf("stack set %s: it is not service-managed, and cannot be made so; choose another name", s.r.StackSet)
	}
	now := map[string]string{}
	for _, p := range out.StackSet.Parameters {
		now[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	wanted := maps.Clone(now)
	maps.Copy(wanted, parameters)
	s.input = stackSetParameters(wanted)
	s.stale = aws.ToString(out.StackSet.TemplateBody) != s.template || !maps.Equal(now, wanted)
	return s.finish(ctx)
}

func stackSetParameters(values map[string]string) []types.Parameter {
	var out []types.Parameter
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, types.Parameter{ParameterKey: &name, ParameterValue: aws.String(values[name])})
	}
	return out
}

func (s *stackSet) create(ctx context.Context) error {
	s.o.say("stack set %s: create", s.r.StackSet)
	_, err := s.o.cfn.CreateStackSet(ctx, &cloudformation.CreateStackSetInput{
		StackSetName: &s.r.StackSet, CallAs: s.callAs(), TemplateBody: &s.template, Parameters: s.input,
		PermissionModel: types.PermissionModelsServiceManaged, Capabilities: []types.Capability{types.CapabilityCapabilityIam},
		// An account that leaves has no one to mend its hook.
		AutoDeployment:   &types.AutoDeployment{Enabled: aws.Bool(true), RetainStacksOnAccountRemoval: aws.Bool(false)},
		ManagedExecution: &types.ManagedExecution{Active: aws.Bool(true)},
		Description:      aws.String("The hook in each account and Region."),
	})
	return err
}

// finish waits for operations that run. How they ended does not matter: what they
// left undone is done next.
func (s *stackSet) finish(ctx context.Context) error {
	pages := cloudformation.NewListStackSetOperationsPaginator(s.o.cfn, &cloudformation.ListStackSetOperationsInput{StackSetName: &s.r.StackSet, CallAs: s.callAs()})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, op := range page.Summaries {
			if ended(op.Status) {
				continue
			}
			s.o.say("stack set %s: waiting for operation %s", s.r.StackSet, aws.ToString(op.OperationId))
			if _, err := s.wait(ctx, op.OperationId); err != nil {
				return err
			}
		}
	}
	return nil
}

func ended(s types.StackSetOperationStatus) bool {
	return s == types.StackSetOperationStatusSucceeded || s == types.StackSetOperationStatusFailed || s == types.StackSetOperationStatusStopped
}

// wave deploys in organizational units.
func (s *stackSet) wave(ctx context.Context, units []string) error {
	there, err := s.instances(ctx)
	if err != nil {
		return err
	}
	outdated, absent := s.group(units, there)
	for _, t := range outdated {
		if err := s.update(ctx, t); err != nil {
			return err
		}
	}
	for _, t := range absent {
		stale := s.stale
		if err := s.add(ctx, t); err != nil {
			return err
		}
		// The StackSet changes only with an update, and one without targets would
		// reach every wave. So they got what it had, and now what it is to have.
		if stale {
			if err := s.update(ctx, t); err != nil {
				return err
			}
		}
	}
	if len(outdated)+len(absent) == 0 {
		s.o.say("  nothing to do")
	}
	return nil
}

// target is units that are treated alike in some Regions.
type target struct{ units, regions []string }

// group returns where the hook is to be updated, and where it is not yet.
func (s *stackSet) group(units []string, there map[string]bool) (outdated, absent []target) {
	for _, unit := range units {
		var update, add []string
		for _, region := range s.r.Regions {
			switch current, exists := there[unit+" "+region]; {
			case !exists:
				add = append(add, region)
			case !current || s.stale:
				update = append(update, region)
			}
		}
		outdated, absent = join(outdated, unit, update), join(absent, unit, add)
	}
	return outdated, absent
}

// join adds a unit to the target that has the same Regions.
func join(targets []target, unit string, regions []string) []target {
	if len(regions) == 0 {
		return targets
	}
	for i := range targets {
		if slices.Equal(targets[i].regions, regions) {
			targets[i].units = append(targets[i].units, unit)
			return targets
		}
	}
	return append(targets, target{units: []string{unit}, regions: regions})
}

// instances returns where the hook is, as "unit Region", and whether it is current
// in all accounts there.
func (s *stackSet) instances(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	pages := cloudformation.NewListStackInstancesPaginator(s.o.cfn, &cloudformation.ListStackInstancesInput{StackSetName: &s.r.StackSet, CallAs: s.callAs()})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, i := range page.Summaries {
			key := aws.ToString(i.OrganizationalUnitId) + " " + aws.ToString(i.Region)
			current, seen := out[key]
			out[key] = (current || !seen) && i.Status == types.StackInstanceStatusCurrent
		}
	}
	return out, nil
}

// preferences make one Region after the other, and stop at the first failure.
func (s *stackSet) preferences(regions []string) *types.StackSetOperationPreferences {
	return &types.StackSetOperationPreferences{
		RegionConcurrencyType: types.RegionConcurrencyTypeSequential, RegionOrder: regions,
		FailureToleranceCount: aws.Int32(0), MaxConcurrentPercentage: aws.Int32(s.r.ConcurrentPercentage),
	}
}

func (s *stackSet) add(ctx context.Context, t target) error {
	s.o.say("  create in %s, %s", strings.Join(t.units, ", "), strings.Join(t.regions, ", "))
	out, err := s.o.cfn.CreateStackInstances(ctx, &cloudformation.CreateStackInstancesInput{
		StackSetName: &s.r.StackSet, CallAs: s.callAs(), Regions: t.regions,
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: t.units}, OperationPreferences: s.preferences(t.regions),
	})
	if err != nil {
		return err
	}
	return s.succeed(ctx, out.OperationId)
}

func (s *stackSet) update(ctx context.Context, t target) error {
	s.o.say("  update in %s, %s", strings.Join(t.units, ", "), strings.Join(t.regions, ", "))
	out, err := s.o.cfn.UpdateStackSet(ctx, &cloudformation.UpdateStackSetInput{
		StackSetName: &s.r.StackSet, CallAs: s.callAs(), TemplateBody: &s.template, Parameters: s.input, Regions: t.regions,
		Capabilities:      []types.Capability{types.CapabilityCapabilityIam},
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: t.units}, OperationPreferences: s.preferences(t.regions),
	})
	if err != nil {
		return err
	}
	s.stale = false
	return s.succeed(ctx, out.OperationId)
}

// OperationError is an operation on a StackSet that did not succeed.
type OperationError struct {
	StackSet, Operation, Status string
	// Causes are the accounts that failed, at most ten.
	Causes []string
}

func (e *OperationError) Error() string {
	return stacks.WithCauses(fmt.Sprintf("stack set %s: operation %s ended as %s", e.StackSet, e.Operation, e.Status), e.Causes)
}

// succeed waits for an operation, which has to succeed.
func (s *stackSet) succeed(ctx context.Context, id *string) error {
	status, err := s.wait(ctx, id)
	if err != nil || status == types.StackSetOperationStatusSucceeded {
		return err
	}
	failed := &OperationError{StackSet: s.r.StackSet, Operation: aws.ToString(id), Status: string(status)}
	out, err := s.o.cfn.ListStackSetOperationResults(ctx, &cloudformation.ListStackSetOperationResultsInput{
		StackSetName: &s.r.StackSet, OperationId: id, CallAs: s.callAs(),
		Filters: []types.OperationResultFilter{{Name: types.OperationResultFilterNameOperationResultStatus, Values: aws.String("FAILED")}},
	})
	if err != nil {
		return errors.Join(failed, Explain(err))
	}
	for _, r := range out.Summaries {
		if len(failed.Causes) < 10 && r.Status == types.StackSetOperationResultStatusFailed {
			failed.Causes = append(failed.Causes, fmt.Sprintf("%s %s: %s", aws.ToString(r.Account), aws.ToString(r.Region), aws.ToString(r.StatusReason)))
		}
	}
	return failed
}

func (s *stackSet) wait(ctx context.Context, id *string) (status types.StackSetOperationStatus, err error) {
	err = s.o.stacks.Until(ctx, "operation "+aws.ToString(id), func(ctx context.Context) (bool, error) {
		out, err := s.o.cfn.DescribeStackSetOperation(ctx, &cloudformation.DescribeStackSetOperationInput{
			StackSetName: &s.r.StackSet, OperationId: id, CallAs: s.callAs(),
		})
		if err != nil {
			return false, err
		}
		if now := out.StackSetOperation.Status; now != status {
			s.o.say("  operation %s: %s", aws.ToString(id), now)
			status = now
		}
		return ended(status), nil
	})
	return status, err
}
