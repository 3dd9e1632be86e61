package guardhook.lambda.snapstart_provisioned_test

import data.guardhook.lambda.snapstart_provisioned as rule

worker(apply_on) := {
	"type": "AWS::Lambda::Function",
	"properties": {"FunctionName": "worker", "SnapStart": {"ApplyOn": apply_on}},
}

provisioned(kind, function_name) := {
	"type": kind,
	"properties": {
		"FunctionName": function_name,
		"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
	},
}

with_resources(resources) := {"template": {"resources": resources}}

test_provisioned[name] if {
	some name, publisher in {
		"version": provisioned("AWS::Lambda::Version", "${Worker}"),
		"alias": provisioned("AWS::Lambda::Alias", "${Worker.Arn}"),
		"alias of the name": provisioned("AWS::Lambda::Alias", "worker"),
		"version of the name in an ARN": provisioned(
			"AWS::Lambda::Version",
			"arn:aws:lambda:eu-west-1:111122223333:function:worker",
		),
	}
	rule.deny == {{
		"resource": "Live",
		"path": ["ProvisionedConcurrencyConfig"],
		"message": "Provisioned concurrency does not go with SnapStart, which the function Worker uses.",
	}} with input as with_resources({"Worker": worker("PublishedVersions"), "Live": publisher})
	rule.deny == set() with input as with_resources({"Worker": worker("None"), "Live": publisher})
}

test_not_provisioned[name] if {
	some name, publisher in {
		"another function": provisioned("AWS::Lambda::Alias", "${Other}"),
		"another name": provisioned("AWS::Lambda::Alias", "co-worker"),
		"on demand": {"type": "AWS::Lambda::Version", "properties": {"FunctionName": "${Worker}"}},
		"settings without a number": {
			"type": "AWS::Lambda::Version",
			"properties": {"FunctionName": "${Worker}", "ProvisionedConcurrencyConfig": {}},
		},
		"no function": {
			"type": "AWS::Lambda::Version",
			"properties": {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}},
		},
	}
	rule.deny == set() with input as with_resources({"Worker": worker("PublishedVersions"), "Live": publisher})
}
