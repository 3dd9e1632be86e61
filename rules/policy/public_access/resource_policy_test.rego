package guardhook.public_access.resource_policy_test

import data.guardhook.public_access.resource_policy as rule

resource(type, properties) := {"resource": {"type": type, "properties": properties}}

document(principal) := {"Statement": [{
	"Effect": "Allow",
	"Principal": principal,
	"Action": "*",
	"Resource": "*",
}]}

# The resource of every type with a policy for a principal, and the path of the policy.
cases(principal) := {
	"vault": {"path": ["AccessPolicy"], "input": resource(
		"AWS::Backup::BackupVault",
		{"AccessPolicy": document(principal)},
	)},
	"domain": {"path": ["AccessPolicies"], "input": resource(
		"AWS::OpenSearchService::Domain",
		{"AccessPolicies": document(principal)},
	)},
	"artifacts": {"path": ["PermissionsPolicyDocument"], "input": resource(
		"AWS::CodeArtifact::Domain",
		{"PermissionsPolicyDocument": document(principal)},
	)},
	"access point": {"path": ["Policy"], "input": resource(
		"AWS::S3::AccessPoint",
		{"Policy": document(principal)},
	)},
	"table": {"path": ["ResourcePolicy", "PolicyDocument"], "input": resource(
		"AWS::DynamoDB::Table",
		{"ResourcePolicy": {"PolicyDocument": document(principal)}},
	)},
	"stream": {"path": ["ResourcePolicy"], "input": resource(
		"AWS::Kinesis::ResourcePolicy",
		{"ResourcePolicy": document(principal)},
	)},
}

test_open[name] if {
	some name, case in cases({"AWS": "*"})
	rule.deny == {{
		"path": array.concat(case.path, ["Statement", 0, "Principal"]),
		"message": "The resource policy allows anyone, with no condition that restricts who.",
	}} with input as case.input
}

test_named[name] if {
	some name, case in cases({"AWS": "arn:aws:iam::111122223333:root"})
	rule.deny == set() with input as case.input
}

test_property_of_another_type if {
	rule.deny == set() with input as resource("AWS::DynamoDB::Table", {"ResourcePolicy": document("*")})
	rule.deny == set() with input as resource(
		"AWS::Kinesis::ResourcePolicy",
		{"ResourcePolicy": {"PolicyDocument": document("*")}},
	)
}

test_no_policy if {
	rule.deny == set() with input as resource("AWS::DynamoDB::Table", {})
}
