package guardhook.lambda.failure_destination_test

import data.guardhook.lambda.failure_destination as rule

template(resources) := {"template": {"resources": object.union(
	{"Import": {"type": "AWS::Lambda::Function", "properties": {}}},
	resources,
)}}

permission(principal, name) := {
	"type": "AWS::Lambda::Permission",
	"properties": {"Action": "lambda:InvokeFunction", "Principal": principal, "FunctionName": name},
}

configuration(name, destinations) := {
	"type": "AWS::Lambda::EventInvokeConfig",
	"properties": {"FunctionName": name, "Qualifier": "$LATEST", "DestinationConfig": destinations},
}

finding := {
	"resource": "Import",
	"path": ["DeadLetterConfig", "TargetArn"],
	"message": "Events that the function fails on are lost: it is invoked asynchronously, and keeps none.",
}

invoked := {"Invoke": permission("sns.amazonaws.com", "${Import}")}

named := {"Import": {"type": "AWS::Lambda::Function", "properties": {"FunctionName": "import"}}}

test_lost[service] if {
	some service in ["cloudformation", "codecommit", "config", "events", "iot", "logs", "s3", "ses", "sns"]
	principal := sprintf("%s.amazonaws.com", [service])
	every name in ["${Import}", "${Import.Arn}", "${Import.Arn}:live"] {
		rule.deny == {finding} with input as template({"Invoke": permission(principal, name)})
	}
}

test_by_name if {
	resources := object.union(named, {"Invoke": permission("s3.amazonaws.com", "import")})
	rule.deny == {finding} with input as template(resources)
	rule.deny == set() with input as template(object.union(resources, {"Keep": configuration(
		"import",
		{"OnFailure": {"Destination": "${Queue.Arn}"}},
	)}))
}

test_not_invoked if {
	rule.deny == set() with input as template({})
	rule.deny == set() with input as template({"Invoke": permission("s3.amazonaws.com", "${Other}")})
	rule.deny == set() with input as template({"Invoke": permission("apigateway.amazonaws.com", "${Import}")})
}

test_dead_letters if {
	kept := {"Import": {"properties": {"DeadLetterConfig": {"TargetArn": "${Queue.Arn}"}}}}
	rule.deny == set() with input as template(object.union(invoked, kept))
	empty := {"Import": {"properties": {"DeadLetterConfig": {"TargetArn": ""}}}}
	rule.deny == {finding} with input as template(object.union(invoked, empty))
}

test_destination if {
	on_failure := {"OnFailure": {"Destination": "${Queue.Arn}"}}
	kept := {"Keep": configuration("${Import}", on_failure)}
	rule.deny == set() with input as template(object.union(invoked, kept))
	of_another := {"Keep": configuration("${Other}", on_failure)}
	rule.deny == {finding} with input as template(object.union(invoked, of_another))
	success := {"Keep": configuration("${Import}", {"OnSuccess": {"Destination": "${Queue.Arn}"}})}
	rule.deny == {finding} with input as template(object.union(invoked, success))
}

test_macro if {
	macro := {"type": "AWS::CloudFormation::Macro", "properties": {"Name": "m", "FunctionName": "${Import.Arn}"}}
	of_macro := {"Invoke": permission("cloudformation.amazonaws.com", "${Import}"), "Macro": macro}
	rule.deny == set() with input as template(of_macro)
	events := {"Other": permission("events.amazonaws.com", "${Import}")}
	rule.deny == {finding} with input as template(object.union(of_macro, events))
	another := {"Macro": {"properties": {"FunctionName": "${Other.Arn}"}}}
	rule.deny == {finding} with input as template(object.union(of_macro, another))
	handler := {"Macro": {"type": "AWS::CloudFormation::CustomResource"}}
	rule.deny == {finding} with input as template(object.union(of_macro, handler))
}
