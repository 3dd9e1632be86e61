package guardhook.lambda.snapstart_version_test

import data.guardhook.lambda.snapstart_version as rule

worker(properties) := {
	"type": "AWS::Lambda::Function",
	"properties": object.union({"SnapStart": {"ApplyOn": "PublishedVersions"}}, properties),
}

published(function_name) := {"type": "AWS::Lambda::Version", "properties": {"FunctionName": function_name}}

alias(function_name, version) := {
	"type": "AWS::Lambda::Alias",
	"properties": {"FunctionName": function_name, "FunctionVersion": version, "Name": "live"},
}

with_resources(resources) := {"template": {"resources": resources}}

found := {{
	"resource": "Worker",
	"path": ["SnapStart", "ApplyOn"],
	"message": "SnapStart has no effect: the template publishes no version of the function.",
}}

test_published[name] if {
	some name, resources in {
		"version of the reference": {"Worker": worker({}), "V": published("${Worker}")},
		"version of the ARN": {"Worker": worker({}), "V": published("${Worker.Arn}")},
		"version of the name": {"Worker": worker({"FunctionName": "worker"}), "V": published("worker")},
		"version of the name in an ARN": {
			"Worker": worker({"FunctionName": "worker"}),
			"V": published("arn:aws:lambda:eu-west-1:111122223333:function:worker"),
		},
		"alias": {"Worker": worker({}), "A": alias("${Worker}", "7")},
		"alias of the name": {"Worker": worker({"FunctionName": "worker"}), "A": alias("worker", "7")},
	}
	rule.deny == set() with input as with_resources(resources)
}

test_not_published[name] if {
	some name, resources in {
		"alone": {"Worker": worker({})},
		"version of another function": {"Worker": worker({}), "V": published("${Worker2}")},
		"version of another name": {"Worker": worker({"FunctionName": "worker"}), "V": published("co-worker")},
		"version without function": {"Worker": worker({}), "V": {"type": "AWS::Lambda::Version", "properties": {}}},
		"alias of the unpublished code": {"Worker": worker({}), "A": alias("${Worker}", "$LATEST")},
		"alias without version": {
			"Worker": worker({}),
			"A": {"type": "AWS::Lambda::Alias", "properties": {"FunctionName": "${Worker}"}},
		},
	}
	rule.deny == found with input as with_resources(resources)
}

test_each_function if {
	resources := {"Worker": worker({}), "Published": worker({}), "V": published("${Published}")}
	rule.deny == found with input as with_resources(resources)
}

test_no_snapstart[name] if {
	some name, properties in {
		"missing": {},
		"off": {"SnapStart": {"ApplyOn": "None"}},
	}
	resources := {"Worker": {"type": "AWS::Lambda::Function", "properties": properties}}
	rule.deny == set() with input as with_resources(resources)
}
