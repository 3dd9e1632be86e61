package sam

import (
	"github.com/fsxns3ap/guardhook/validate/template"
)

// url adds the function URL and, when it is open to everyone, the permissions
// for it.
func (f *functionExpansion) url() {
	p := f.config("FunctionUrlConfig")
	if !p.present() {
		return
	}
	f.known(p, "FunctionUrlConfig.", names("AuthType Cors InvokeMode"))
	auth := p.get("AuthType")
	f.add(f.res.ID+"Url", "AWS::Lambda::Url", p.at, object{
		"AuthType":          auth,
		"Cors":              p.get("Cors").orAbsent(),
		"InvokeMode":        p.get("InvokeMode"),
		"TargetFunctionArn": f.target.name(p.at),
	})
	if !auth.is("NONE") {
		if auth.present() && !isScalar(auth.node) {
			f.gap(auth.at, "FunctionUrlConfig.AuthType is given by a function: for NONE, the permissions are not generated")
		}
		return
	}
	f.add(f.res.ID+"UrlPublicPermissions", lambdaPermission, auth.at, object{
		"Action":              "lambda:InvokeFunctionUrl",
		"FunctionName":        f.target.name(p.at),
		"Principal":           "*",
		"FunctionUrlAuthType": auth,
	})
	f.add(f.res.ID+"URLInvokeAllowPublicAccess", lambdaPermission, auth.at, object{
		"Action":                "lambda:InvokeFunction",
		"FunctionName":          f.target.name(p.at),
		"Principal":             "*",
		"InvokedViaFunctionUrl": true,
	})
}

// invokeConfig adds the configuration of asynchronous invocations, the queues
// and topics that it makes, and what the role needs for them.
func (f *functionExpansion) invokeConfig(policies *list) {
	p := f.config("EventInvokeConfig")
	if !p.present() {
		return
	}
	id := f.res.ID + "EventInvokeConfig"
	destinations, config := object{}, f.mapOf(p, "EventInvokeConfig.", "DestinationConfig")
	for _, on := range []string{"OnSuccess", "OnFailure"} {
		if d := config.get(on); d.present() {
			arn, policy := f.destination(d, id, on)
			destinations[on] = prop{d.at, build(d.at, object{"Destination": arn})}
			if policy != nil {
				*policies = append(*policies, policy)
			}
		}
	}
	qualifier := f.aliasName
	if qualifier == "" {
		qualifier = "$LATEST"
	}
	invoke := f.add(id, "AWS::Lambda::EventInvokeConfig", p.at, object{
		"FunctionName":             ref(p.at, f.res.ID),
		"Qualifier":                qualifier,
		"DestinationConfig":        destinations,
		"MaximumEventAgeInSeconds": p.get("MaximumEventAgeInSeconds"),
		"MaximumRetryAttempts":     p.get("MaximumRetryAttempts"),
	})
	invoke.metadata = f.res.Metadata
	if f.alias != nil {
		invoke.dependsOn = []string{f.alias.id}
	}
}

// destination returns the ARN of a destination, and the policy to write to it.
// A queue or topic is made where none is given.
func (f *functionExpansion) destination(d prop, id, on string) (arn any, policy any) {
	kind := d.get("Type").text()
	given := d.get("Destination")
	arn = given
	condition, absent := f.missing(given, id)
	if absent {
		arn = f.makeDestination(d, kind, id+on, condition)
	}
	if arn == nil {
		f.gap(d.at, "%s of EventInvokeConfig has no Destination that can be made", on)
		return nil, nil
	}
	return arn, destinationPolicy(kind, arn, id+on)
}

// missing reports whether a destination has to be made, and under which
// condition: it is absent, or AWS::NoValue in one branch of Fn::If.
func (f *functionExpansion) missing(given prop, id string) (condition string, absent bool) {
	if !given.present() {
		return "", true
	}
	if !isCall(given.node, fnIf) {
		return "", false
	}
	name, yes, no := given.node.Items[0].Text, isNoValue(given.node.Items[1]), isNoValue(given.node.Items[2])
	switch {
	case yes && no:
		return "", false
	case yes:
		return name, true
	case no:
		return f.not("NOT"+name+hash(id), name, given.at), true
	}
	return "", false
}

// makeDestination adds the queue or topic of a destination. It returns its ARN,
// or a choice between that and what is given.
func (f *functionExpansion) makeDestination(d prop, kind, id, condition string) any {
	var made *draft
	var arn *template.Node
	switch kind {
	case "SQS":
		made = f.add(id+"Queue", "AWS::SQS::Queue", d.at, object{})
		arn = getAtt(d.at, made.id, "Arn")
		f.refs[reference{f.res.ID, "DestinationQueue"}] = made.id
	case "SNS":
		made = f.add(id+"Topic", "AWS::SNS::Topic", d.at, object{})
		arn = ref(d.at, made.id)
		f.refs[reference{f.res.ID, "DestinationTopic"}] = made.id
	default:
		return nil
	}
	if condition == "" {
		return arn
	}
	given := d.get("Destination").node
	other := given.Items[1]
	if isNoValue(other) {
		other = given.Items[2]
	}
	made.condition = f.both(f.res.Condition, condition, d.at)
	return prop{d.at, choose(d.at, condition, arn, other)}
}

// both returns the name of a condition that holds when two do. The first may be
// "".
func (s *source) both(first, second string, pos template.Pos) string {
	if first == "" {
		return second
	}
	name := first + "AND" + second + hash(s.res.ID)
	return s.condition(name, call(pos, "Fn::And", conditionRef(pos, first), conditionRef(pos, second)))
}

// destinationPolicy is the inline policy to write to a destination, or nil.
func destinationPolicy(kind string, arn any, id string) any {
	if build(template.Pos{}, arn) == nil {
		return nil
	}
	switch kind {
	case "SQS":
		return inline(id+"SQSPolicy", allow(statement("sqs:SendMessage", arn)))
	case "SNS":
		return inline(id+"SNSPolicy", allow(statement("sns:publish", arn)))
	case "EventBridge":
		return inline(id+"EventBridgePolicy", allow(statement("events:PutEvents", arn)))
	case "Lambda":
		return inline(id+"LambdaPolicy", allow(statement("lambda:InvokeFunction", arn)))
	case "S3", "S3Bucket":
		node := build(template.Pos{}, arn)
		objects := call(node.Pos, fnJoin, build(node.Pos, "/"), build(node.Pos, list{arn, "*"}))
		return inline(id+"S3Policy", allow(statement("s3:PutObject", objects), statement("s3:ListBucket", arn)))
	}
	return nil
}
