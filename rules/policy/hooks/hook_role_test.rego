package guardhook.hooks.hook_role_test

import data.guardhook.hooks.hook_role as rule

hook(kind) := {
	"type": sprintf("AWS::CloudFormation::%s", [kind]),
	"properties": {"ExecutionRole": "${Role.Arn}"},
}

role(statement) := {"type": "AWS::IAM::Role", "properties": {"Policies": [{
	"PolicyName": "hook",
	"PolicyDocument": {"Statement": statement},
}]}}

template(kind, statement) := {"template": {"resources": {"Hook": hook(kind), "Role": role(statement)}}}

# Statements with the values that differ from it.
invoke(change) := object.union(
	{
		"Effect": "Allow",
		"Action": "lambda:InvokeFunction",
		"Resource": ["${Function.Arn}", "${Function.Arn}:*"],
	},
	change,
)

excess(path) := {
	"resource": "Role",
	"path": array.concat(["Policies", 0, "PolicyDocument", "Statement"], path),
	"message": "The role of a hook is allowed an action that the hook does not need.",
}

everywhere(path) := {
	"resource": "Role",
	"path": array.concat(["Policies", 0, "PolicyDocument", "Statement"], path),
	"message": "The role of a hook is allowed its actions everywhere, and not on what the hook uses.",
}

test_lambda_hook if {
	rule.deny == set() with input as template("LambdaHook", invoke({}))
	denied := {"Effect": "Deny", "Action": "*", "Resource": "*"}
	rule.deny == set() with input as template("LambdaHook", [invoke({}), denied])
}

test_guard_hook[action] if {
	some action in [
		"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject",
		"kms:Decrypt", "kms:GenerateDataKey",
	]
	statement := {"Effect": "Allow", "Action": [action], "Resource": "arn:aws:s3:::rules/guard/*"}
	rule.deny == set() with input as template("GuardHook", statement)
	rule.deny == {excess(["Action", 0])} with input as template("LambdaHook", statement)
}

test_excess[action] if {
	some action in ["lambda:*", "lambda:Invoke*", "*", "lambda:UpdateFunctionCode", "s3:GetObject"]
	rule.deny == {excess(["Action", 1])} with input as template(
		"LambdaHook",
		invoke({"Action": ["lambda:InvokeFunction", action]}),
	)
}

test_not_action if {
	statement := {"Effect": "Allow", "NotAction": "iam:*", "Action": "sqs:*", "Resource": "${Function.Arn}"}
	rule.deny == {excess(["NotAction"])} with input as template("LambdaHook", statement)
}

test_everywhere[resource] if {
	some resource in [
		"*", "arn:aws:lambda:*:*:function:*", "arn:aws:lambda:eu-west-1:111122223333:*", "arn:aws:s3:::*",
		"arn:aws:kms:*:111122223333:key/*", "arn:aws:lambda:eu-west-1:111122223333:function:**:*",
	]
	rule.deny == {everywhere(["Resource", 0])} with input as template("LambdaHook", invoke({"Resource": [resource]}))
}

test_not_resource if {
	statement := {"Effect": "Allow", "Action": "lambda:InvokeFunction", "NotResource": "${Other.Arn}", "Resource": "*"}
	rule.deny == {everywhere(["NotResource"])} with input as template("LambdaHook", statement)
}

test_managed_policy if {
	rule.deny == {{
		"resource": "Role",
		"path": ["ManagedPolicyArns", 1],
		"message": "The role of a hook has an AWS managed policy, which allows more than the hook needs.",
	}} with input as {"template": {"resources": {"Hook": hook("LambdaHook"), "Role": {
		"type": "AWS::IAM::Role",
		"properties": {"ManagedPolicyArns": ["${Invoke}", "arn:aws:iam::aws:policy/service-role/AWSLambdaRole"]},
	}}}}
}

test_given[name] if {
	some name, properties in {
		"AWS::IAM::Policy": {"Roles": ["${Other}", "${Role}"]},
		"AWS::IAM::ManagedPolicy": {"Roles": ["${Role}"]},
		"AWS::IAM::RolePolicy": {"RoleName": "${Role}"},
	}
	document := {"PolicyDocument": {"Statement": invoke({"Action": "lambda:GetFunction"})}}
	rule.deny == {{
		"resource": "Policy",
		"path": ["PolicyDocument", "Statement", "Action"],
		"message": "The role of a hook is allowed an action that the hook does not need.",
	}} with input as {"template": {"resources": {
		"Hook": hook("LambdaHook"),
		"Role": {"type": "AWS::IAM::Role", "properties": {}},
		"Policy": {"type": name, "properties": object.union(properties, document)},
	}}}
}

test_several_hooks if {
	statement := invoke({"Action": ["lambda:InvokeFunction", "s3:GetObject"]})
	rule.deny == set() with input as {"template": {"resources": {
		"Judge": hook("LambdaHook"),
		"Rules": hook("GuardHook"),
		"Role": role(statement),
	}}}
}

test_other_roles if {
	statement := invoke({"Action": "*", "Resource": "*"})
	rule.deny == set() with input as {"template": {"resources": {
		"Hook": hook("LambdaHook"),
		"Role": role(invoke({})),
		"Other": role(statement),
		"Given": {"type": "AWS::IAM::Policy", "properties": {
			"Roles": ["${Other}"],
			"PolicyDocument": {"Statement": statement},
		}},
	}}}
}
