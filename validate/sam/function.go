package sam

import (
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

const (
	lambdaFunction   = "AWS::Lambda::Function"
	lambdaPermission = "AWS::Lambda::Permission"
	iamRole          = "AWS::IAM::Role"
)

// functionPassed are the properties of a function that AWS::Lambda::Function
// has under the same name.
const functionPassed = `Handler Runtime Description MemorySize Timeout VpcConfig Environment KmsKeyArn
	ReservedConcurrentExecutions Layers FileSystemConfigs ImageConfig PackageType Architectures SnapStart
	EphemeralStorage CodeSigningConfigArn RuntimeManagementConfig LoggingConfig TenancyConfig RecursiveLoop
	DurableConfig FunctionScalingConfig PublishToLatestPublished`

var functionKnown = names(functionPassed + ` FunctionName CodeUri ImageUri InlineCode DeadLetterQueue Role
	AssumeRolePolicyDocument Policies RolePath PermissionsBoundary Events Tags PropagateTags Tracing DeploymentPreference
	EventInvokeConfig AutoPublishAlias AutoPublishCodeSha256 AutoPublishAliasAllProperties VersionDescription
	ProvisionedConcurrencyConfig FunctionUrlConfig SourceKMSKeyArn CapacityProviderConfig VersionDeletionPolicy`)

// function expands AWS::Serverless::Function.
func (s *source) function() {
	s.known(s.props, "", functionKnown)
	fn := s.primary(lambdaFunction, s.lambdaProperties())
	f := &functionExpansion{source: s, draft: fn, target: s.functionTarget()}
	f.publish()
	f.url()
	var policies list
	f.invokeConfig(&policies)
	f.role = s.executionRole(policies)
	f.events()
	f.attachRole()
}

// functionExpansion is a function with what its parts need of each other.
type functionExpansion struct {
	*source
	draft *draft
	role  *draft
	// target is what events invoke: the function or its alias.
	target target
	alias  *draft
	// aliasName is the name of the alias, or "".
	aliasName string
}

// target is what an event invokes.
type target struct {
	// name and arn make the references to it.
	name, arn func(pos template.Pos) *template.Node
	// start makes it a state machine: events need a role to start it.
	start bool
}

func (s *source) functionTarget() target {
	id := s.res.ID
	return target{
		name: func(pos template.Pos) *template.Node { return ref(pos, id) },
		arn:  func(pos template.Pos) *template.Node { return getAtt(pos, id, "Arn") },
	}
}

func refTarget(id string) target {
	byRef := func(pos template.Pos) *template.Node { return ref(pos, id) }
	return target{name: byRef, arn: byRef}
}

func (s *source) lambdaProperties() object {
	p := s.pass(strings.Fields(functionPassed)...)
	p["FunctionName"] = s.get("FunctionName").orAbsent()
	p["Tags"] = s.tagList()
	if code := s.code(); len(code) > 0 {
		p["Code"] = code
	}
	if s.traced() {
		p["TracingConfig"] = object{"Mode": s.get("Tracing")}
	}
	if arn := s.get("DeadLetterQueue").get("TargetArn"); arn.present() {
		p["DeadLetterConfig"] = object{"TargetArn": arn}
	} else if q := s.get("DeadLetterQueue"); q.truthy() {
		s.gap(q.at, "DeadLetterQueue is given without a map of Type and TargetArn")
	}
	if capacity := s.mapOf(s.props, "", "CapacityProviderConfig"); capacity.present() {
		p["CapacityProviderConfig"] = object{"LambdaManagedInstancesCapacityProviderConfig": object{
			"CapacityProviderArn":                   capacity.get("Arn"),
			"PerExecutionEnvironmentMaxConcurrency": capacity.get("PerExecutionEnvironmentMaxConcurrency"),
			"ExecutionEnvironmentMemoryGiBPerVCpu":  capacity.get("ExecutionEnvironmentMemoryGiBPerVCpu"),
		}}
	}
	s.describeCode(p)
	return p
}

// describeCode adds the hash of the code to the description, so that a new
// version is published for it.
func (s *source) describeCode(p object) {
	sum, ok := s.value(s.get("AutoPublishCodeSha256"))
	if !ok || !s.get("AutoPublishAlias").truthy() {
		return
	}
	at, description := s.get("AutoPublishCodeSha256").at, s.get("Description")
	if text := description.text(); text != "" {
		p["Description"] = prop{description.at, build(description.at, text+" "+sum)}
	} else if description.truthy() {
		p["Description"] = prop{description.at, call(description.at, fnJoin, build(at, " "), build(at, list{description, sum}))}
	} else {
		p["Description"] = prop{at, build(at, sum)}
	}
}

// traced reports whether the function sends traces. A value that is open is
// taken for one that does, as the transform does.
func (s *source) traced() bool {
	tracing := s.get("Tracing")
	mode, _ := s.value(tracing)
	return tracing.truthy() && mode != "Disabled"
}

// code is the location of the function's code, empty for a local path.
func (s *source) code() object {
	code := object{}
	switch {
	case s.get("PackageType").is("Image"):
		if image := s.get("ImageUri"); image.present() {
			code["ImageUri"] = image
		}
	case s.get("InlineCode").present():
		code["ZipFile"] = s.get("InlineCode")
	default:
		code = s3Location(s.get("CodeUri"), "S3Bucket", "S3Key", "S3ObjectVersion")
	}
	if key := s.get("SourceKMSKeyArn"); key.present() && !s.get("PackageType").is("Image") {
		code["SourceKMSKeyArn"] = key
	}
	return code
}

// s3Location reads a location in S3: a map, or s3://bucket/key with an optional
// versionId. It is empty for anything else.
func s3Location(p prop, bucket, key, version string) object {
	if p.isMap() {
		return object{bucket: p.get("Bucket"), key: p.get("Key"), version: p.get("Version")}
	}
	rest, ok := strings.CutPrefix(p.text(), "s3://")
	name, path, found := strings.Cut(rest, "/")
	if !ok || !found {
		return object{}
	}
	path, query, versioned := strings.Cut(path, "?versionId=")
	out := object{bucket: prop{p.at, build(p.at, name)}, key: prop{p.at, build(p.at, path)}}
	if versioned {
		out[version] = query
	}
	return out
}
