package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

// DefaultType is the name of the private hook type.
const DefaultType = "FSxNS3AP::Guard::Hook"

// Registration is a private hook type as it is to be.
type Registration struct {
	Package  string // file, as "hookctl package" makes it
	Bucket   string // where the package goes; CloudFormation reads it there
	TypeName string
	// ExecutionRole lets the hook read its policy set; may be empty.
	ExecutionRole string
	// LogRole and LogGroup are where the hook logs; both or neither.
	LogRole, LogGroup string
	// Configuration is the JSON text of a type configuration, or of the hook's
	// own properties, that is merged into what is set; may be empty.
	Configuration []byte
	// Mode is what a refusal does. If it is empty it stays; at first it is Warn.
	Mode Mode
}

// Registered is what came of a registration.
type Registered struct {
	VersionARN string
	// New tells whether a version was registered, and not there before.
	New  bool
	Mode Mode
}

// Register registers the package as a version of a private hook type, unless it
// has been, makes it the default version, and sets the type up.
func (o *Operator) Register(ctx context.Context, r Registration) (*Registered, error) {
	overlay, err := overlayOf(r.Configuration)
	if err != nil {
		return nil, err
	}
	a, err := stacks.ReadArchive(r.Package, "make package")
	if err != nil {
		return nil, err
	}
	key, err := o.stacks.Upload(ctx, a, r.Bucket, strings.ReplaceAll(r.TypeName, "::", "-"))
	if err != nil {
		return nil, err
	}
	out := &Registered{}
	if out.VersionARN, out.New, err = o.version(ctx, r, a, key); err != nil {
		return nil, err
	}
	t, err := o.hookType(ctx, r.TypeName)
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, fmt.Errorf("hook type %s: registered, and CloudFormation does not know it", r.TypeName)
	}
	if !strings.HasSuffix(out.VersionARN, "/"+t.defaultVersion) {
		o.say("hook %s: make %s the default version", r.TypeName, lastElement(out.VersionARN))
		if _, err := o.cfn.SetTypeDefaultVersion(ctx, &cloudformation.SetTypeDefaultVersionInput{Arn: &out.VersionARN}); err != nil {
			return nil, err
		}
	}
	before, after, err := o.configure(ctx, t, func(c *typeConfiguration) error { return setUp(c, overlay, r.Mode) })
	if err != nil {
		return nil, err
	}
	out.Mode = Mode(after.field(failureMode))
	o.say("hook %s: %s, mode %s", r.TypeName, strings.ToLower(after.field(invocationStatus)), transition(before.field(failureMode), after.field(failureMode)))
	return out, nil
}

// setUp makes the configuration of a hook that is called.
func setUp(c *typeConfiguration, overlay map[string]any, mode Mode) error {
	c.merge(overlay)
	if mode != "" {
		if err := c.set(map[string]any{failureMode: string(mode)}); err != nil {
			return err
		}
	}
	if err := c.set(map[string]any{invocationStatus: "ENABLED"}); err != nil {
		return err
	}
	return c.defaults(map[string]any{
		failureMode:      string(Warn),
		targetOperations: []any{"RESOURCE", "STACK", "CHANGE_SET", "CLOUD_CONTROL"},
		hookProperties:   map[string]any{},
	})
}

// overlayOf reads a type configuration. What has no CloudFormationConfiguration
// is the hook's own properties.
func overlayOf(src []byte) (map[string]any, error) {
	if len(src) == 0 {
		return nil, nil
	}
	c, err := parseJSONObject(src)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if _, whole := c[configurationRoot]; whole {
		return c, nil
	}
	return map[string]any{configurationRoot: map[string]any{hookConfiguration: map[string]any{hookProperties: c}}}, nil
}

func parseJSONObject(src []byte) (map[string]any, error) {
	var object map[string]any
	d := json.NewDecoder(strings.NewReader(string(src)))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the object")
	}
	return object, nil
}

// token identifies a registration: the same package for the same type with the
// same roles is one version, however often it is asked for.
func (r *Registration) token(a *stacks.Archive) string {
	return "guardhook-" + stacks.Digest(strings.Join([]string{a.Hex(), r.TypeName, r.ExecutionRole, r.LogRole, r.LogGroup}, "\n"))[:32]
}

// version returns the ARN of the version that the package is, after registering
// it if need be. CloudFormation does not tell which package a version came from,
// so the package is tagged with it.
func (o *Operator) version(ctx context.Context, r Registration, a *stacks.Archive, key string) (arn string, registered bool, err error) {
	token := r.token(a)
	if arn, err := o.taggedVersion(ctx, r.Bucket, key, token); arn != "" || err != nil {
		return arn, false, err
	}
	if arn, err = o.submit(ctx, r, key, token); err != nil {
		return "", false, err
	}
	live, err := o.live(ctx, arn)
	if err == nil && !live {
		// CloudFormation remembers the registration, and the version is gone.
		arn, err = o.submit(ctx, r, key, token+"-after-"+lastElement(arn))
	}
	if err != nil {
		return "", false, err
	}
	o.say("hook %s: version %s is registered", r.TypeName, lastElement(arn))
	_, err = o.s3.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{
		Bucket: &r.Bucket, Key: &key, Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: &token, Value: &arn}}},
	})
	return arn, true, err
}

// taggedVersion returns the version that a package was registered as, "" if it
// was not or the version is gone.
func (o *Operator) taggedVersion(ctx context.Context, bucket, key, token string) (string, error) {
	tags, err := o.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	for _, tag := range tags.TagSet {
		if aws.ToString(tag.Key) != token {
			continue
		}
		live, err := o.live(ctx, aws.ToString(tag.Value))
		if err != nil || !live {
			return "", err
		}
		o.say("hook: the package is registered as %s", aws.ToString(tag.Value))
		return aws.ToString(tag.Value), nil
	}
	return "", nil
}

// live tells whether a version of a type can be used.
func (o *Operator) live(ctx context.Context, arn string) (bool, error) {
	out, err := o.cfn.DescribeType(ctx, &cloudformation.DescribeTypeInput{Arn: &arn})
	var none *types.TypeNotFoundException
	if errors.As(err, &none) {
		return false, nil
	}
	return err == nil && out.DeprecatedStatus != types.DeprecatedStatusDeprecated, err
}

// submit registers a package and waits until it is a version.
func (o *Operator) submit(ctx context.Context, r Registration, key, token string) (arn string, err error) {
	in := &cloudformation.RegisterTypeInput{
		Type: types.RegistryTypeHook, TypeName: &r.TypeName, ClientRequestToken: &token,
		SchemaHandlerPackage: aws.String("s3://" + r.Bucket + "/" + key),
	}
	if r.ExecutionRole != "" {
		in.ExecutionRoleArn = &r.ExecutionRole
	}
	if r.LogRole != "" {
		in.LoggingConfig = &types.LoggingConfig{LogRoleArn: &r.LogRole, LogGroupName: &r.LogGroup}
	}
	o.say("hook %s: register the package", r.TypeName)
	out, err := o.cfn.RegisterType(ctx, in)
	if err != nil {
		return "", err
	}
	return o.registration(ctx, r.TypeName, out.RegistrationToken)
}

// RegistrationError is a package that CloudFormation did not take.
type RegistrationError struct{ TypeName, Reason string }

func (e *RegistrationError) Error() string {
	return fmt.Sprintf("hook %s: the registration failed: %s", e.TypeName, e.Reason)
}

// registration waits until a registration is complete.
func (o *Operator) registration(ctx context.Context, name string, token *string) (arn string, err error) {
	last := ""
	err = o.stacks.Until(ctx, "registration of "+name, func(ctx context.Context) (bool, error) {
		out, err := o.cfn.DescribeTypeRegistration(ctx, &cloudformation.DescribeTypeRegistrationInput{RegistrationToken: token})
		if err != nil {
			return false, err
		}
		description := aws.ToString(out.Description)
		switch out.ProgressStatus {
		case types.RegistrationStatusComplete:
			arn = aws.ToString(out.TypeVersionArn)
			return true, nil
		case types.RegistrationStatusFailed:
			return false, &RegistrationError{TypeName: name, Reason: description}
		}
		if line := fmt.Sprintf("  %s %s", out.ProgressStatus, description); line != last {
			o.say("%s", line)
			last = line
		}
		return false, nil
	})
	return arn, err
}

func lastElement(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// transition shows a change of a value.
func transition(before, after string) string {
	switch before {
	case after:
		return after
	case "":
		return "(none) -> " + after
	}
	return before + " -> " + after
}

// Deregister disables a private hook type and removes all of its versions. A
// type that is not there is no error.
func (o *Operator) Deregister(ctx context.Context, name string) error {
	t, err := o.hookType(ctx, name)
	if err != nil {
		return err
	}
	if t == nil {
		o.say("hook %s: not registered, nothing to do", name)
		return nil
	}
	if t.managed() {
		return fmt.Errorf("hook %s: it is managed, not private: remove the stack that has it", name)
	}
	if err := o.disable(ctx, t); err != nil {
		return err
	}
	var others, last []types.TypeVersionSummary
	pages := cloudformation.NewListTypeVersionsPaginator(o.cfn, &cloudformation.ListTypeVersionsInput{Arn: &t.arn, DeprecatedStatus: types.DeprecatedStatusLive})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, v := range page.TypeVersionSummaries {
			// The default version can go only when it is the last.
			if aws.ToBool(v.IsDefaultVersion) {
				last = append(last, v)
			} else {
				others = append(others, v)
			}
		}
	}
	for _, v := range append(others, last...) {
		o.say("hook %s: deregister version %s", name, aws.ToString(v.VersionId))
		if _, err := o.cfn.DeregisterType(ctx, &cloudformation.DeregisterTypeInput{Arn: v.Arn}); err != nil {
			return err
		}
	}
	o.say("hook %s: deregistered", name)
	return nil
}
