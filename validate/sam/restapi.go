package sam

import "strings"

const (
	restPassed = `BinaryMediaTypes MinimumCompressionSize`
	// restGiven are taken over when they are not empty.
	restGiven = `Name Description Mode ApiKeySourceType Policy SecurityPolicy EndpointAccessMode FailOnWarnings`
	// stagePassed are the properties of the stage.
	stagePassed = `StageName CacheClusterEnabled CacheClusterSize Variables MethodSettings AccessLogSetting CanarySetting TracingEnabled`
)

var restKnown = names(restPassed + " " + restGiven + " " + stagePassed + ` Tags PropagateTags DefinitionBody DefinitionUri
	MergeDefinitions EndpointConfiguration Cors Auth GatewayResponses OpenApiVersion Models Domain DisableExecuteApiEndpoint
	AlwaysDeploy`)

// restAPI expands AWS::Serverless::Api: the API, its deployment and stage, its
// domain, and what Auth needs.
func (s *source) restAPI() {
	s.known(s.props, "", restKnown)
	props := s.pass(strings.Fields(restPassed)...)
	for _, name := range strings.Fields(restGiven) {
		props[name] = s.get(name).orAbsent()
	}
	if uri := s.get("DefinitionUri"); uri.truthy() {
		if location := s3Location(uri, "Bucket", "Key", "Version"); len(location) > 0 {
			props["BodyS3Location"] = prop{uri.at, build(uri.at, location)}
		}
	} else {
		props["Body"] = s.get("DefinitionBody").orAbsent()
	}
	s.document()
	s.endpoint(props)
	s.primary("AWS::ApiGateway::RestApi", props)

	deployment := s.add(s.res.ID+"Deployment", "AWS::ApiGateway::Deployment", s.res.Pos, object{"RestApiId": ref(s.res.Pos, s.res.ID)})
	if !s.get("OpenApiVersion").truthy() {
		deployment.props["StageName"] = "Stage"
	}
	stage := s.stage(deployment)
	s.refs[reference{s.res.ID, "Stage"}] = stage.id
	s.refs[reference{s.res.ID, "Deployment"}] = deployment.id
	s.authorizers(s.arn("execute-api", "${__ApiId__}/authorizers/*"), func(p prop) bool {
		return !p.get("DisableFunctionDefaultPermissions").truthy()
	})
	s.restDomain()
	s.usagePlans(stage)
}

// document notes that the paths of the API are not judged, when the transform
// writes them.
func (s *source) document() {
	if !s.get("DefinitionBody").truthy() && !s.get("DefinitionUri").truthy() {
		s.note(s.res.Pos, "the OpenAPI document that AWS::Serverless writes for the API %s is not judged", s.res.ID)
	}
}

// endpoint sets the type of endpoint, in the two places that CloudFormation
// has for it.
func (s *source) endpoint(props object) {
	p := s.get("EndpointConfiguration")
	if !p.truthy() {
		return
	}
	kind := p
	config := object{}
	if p.get("Type").truthy() {
		kind = p.get("Type")
		config["VpcEndpointIds"] = p.get("VPCEndpointIds")
		if own := p.get("VpcEndpointIds"); own.present() {
			config["VpcEndpointIds"] = own
		}
		config["IpAddressType"] = p.get("IpAddressType")
	}
	config["Types"] = list{kind}
	props["EndpointConfiguration"] = prop{p.at, build(p.at, config)}
	props["Parameters"] = prop{p.at, build(p.at, object{"endpointConfigurationTypes": kind})}
}

func (s *source) stage(deployment *draft) *draft {
	props := s.pass(strings.Fields(stagePassed)...)
	props["RestApiId"] = ref(s.res.Pos, s.res.ID)
	props["DeploymentId"] = ref(s.res.Pos, deployment.id)
	if s.get("Tags").present() {
		props["Tags"] = s.tagged(nil)
	}
	return s.add(s.stageID(), "AWS::ApiGateway::Stage", s.res.Pos, props)
}

// stageID is the logical id of a stage.
func (s *source) stageID() string {
	name := s.get("StageName").text()
	if alphanumeric(name) {
		return s.res.ID + name + "Stage"
	}
	return s.res.ID + "Stage" + hash(name)
}

// authorizers adds the permissions for an API to invoke the functions that
// authorize its requests. permitted tells which authorizers get one.
func (s *source) authorizers(arn string, permitted func(prop) bool) {
	s.mapOf(s.mapOf(s.props, "", "Auth"), "Auth.", "Authorizers").entries(func(name string, p prop) {
		function := p.get("FunctionArn")
		if !function.truthy() || !permitted(p) {
			return
		}
		s.add(s.res.ID+name+"AuthorizerPermission", lambdaPermission, p.at, object{
			"Action": "lambda:InvokeFunction", "FunctionName": function, "Principal": "apigateway.amazonaws.com",
			"SourceArn": sub(p.at, arn, object{"__ApiId__": ref(p.at, s.res.ID)}),
		})
	})
}

// usagePlan is a usage plan with its key.
type usagePlan struct {
	plan, key  *draft
	conditions []string
}

// usagePlans adds the usage plan of the API, or the API to the one that APIs
// share.
func (s *source) usagePlans(stage *draft) {
	p := s.get("Auth").get("UsagePlan")
	switch create := p.get("CreateUsagePlan"); {
	case !p.present(), create.is("NONE"):
	case create.is("PER_API"):
		s.usagePlan(p, s.res.ID, stage)
	case create.is("SHARED") && s.shared == nil:
		s.shared = s.usagePlan(p, "Serverless", stage)
	case create.is("SHARED"):
		s.share(p, stage)
	default:
		s.gap(p.at, "CreateUsagePlan is none of PER_API, SHARED and NONE")
	}
}

func (s *source) usagePlan(p prop, prefix string, stage *draft) *usagePlan {
	u := &usagePlan{conditions: []string{s.res.Condition}}
	props := object{"ApiStages": placed{at: p.at}}
	limit(props, p)
	u.plan = s.add(prefix+"UsagePlan", "AWS::ApiGateway::UsagePlan", p.at, props)
	u.plan.dependsOn = []string{s.res.ID}
	u.key = s.add(prefix+"ApiKey", "AWS::ApiGateway::ApiKey", p.at, object{
		"Enabled": true, "StageKeys": placed{at: p.at},
	})
	u.key.dependsOn = []string{u.plan.id}
	key := s.add(prefix+"UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", p.at, object{
		"KeyId": ref(p.at, u.key.id), "KeyType": "API_KEY", "UsagePlanId": ref(p.at, u.plan.id),
	})
	key.dependsOn = []string{u.key.id}
	u.stage(s, p, stage)
	for _, d := range []*draft{u.plan, u.key, key} {
		s.refs[reference{s.res.ID, strings.TrimPrefix(d.typ, "AWS::ApiGateway::")}] = d.id
	}
	return u
}

// limit sets what a usage plan allows.
func limit(props object, p prop) {
	for _, name := range []string{"UsagePlanName", "Description", "Quota", "Tags", "Throttle"} {
		props[name] = p.get(name).orAbsent()
	}
}

// stage adds the stage of an API to the plan and its key.
func (u *usagePlan) stage(s *source, p prop, stage *draft) {
	u.plan.grow("ApiStages", object{"ApiId": ref(p.at, s.res.ID), "Stage": ref(p.at, stage.id)})
	u.key.grow("StageKeys", object{"RestApiId": ref(p.at, s.res.ID), "StageName": ref(p.at, stage.id)})
}

// share adds an API to the shared usage plan, which exists when one of its APIs
// does. What the plan allows is what the last API says.
func (s *source) share(p prop, stage *draft) {
	u := s.shared
	limit(u.plan.props, p)
	u.stage(s, p, stage)
	u.plan.dependsOn = append(u.plan.dependsOn, s.res.ID)
	u.conditions = append(u.conditions, s.res.Condition)
	condition := s.any("SharedUsagePlanCondition", u.conditions, p.at)
	for _, d := range s.out {
		if d == u.plan || d == u.key || d.id == "ServerlessUsagePlanKey" {
			d.condition = condition
		}
	}
}
