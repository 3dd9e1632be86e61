package guardhook.iam.managed_full_access_test

import data.guardhook.iam.managed_full_access as rule

attached(arns) := {"resource": {"type": "AWS::IAM::Group", "properties": {"ManagedPolicyArns": arns}}}

test_full_access[arn] if {
	some arn in [
		"arn:aws:iam::aws:policy/AmazonS3FullAccess",
		"arn:${AWS::Partition}:iam::aws:policy/AWSLambda_FullAccess",
		"arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess_v2",
		"arn:aws:iam::aws:policy/CloudWatchFullAccessV2",
		"arn:aws:iam::aws:policy/service-role/SomeFullAccess",
	]
	rule.deny == {{
		"path": ["ManagedPolicyArns", 0],
		"message": "An AWS managed policy with full access to a service is attached.",
	}} with input as attached([arn])
}

test_others[arn] if {
	some arn in [
		"arn:aws:iam::aws:policy/ReadOnlyAccess",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
		"arn:aws:iam::aws:policy/IAMFullAccess",
		"arn:aws:iam::111122223333:policy/TeamFullAccess",
		"${Policy}",
		"",
		5,
	]
	rule.deny == set() with input as attached([arn])
}

test_nothing_attached if {
	rule.deny == set() with input as attached([])
	rule.deny == set() with input as {"resource": {"type": "AWS::IAM::Group", "properties": {}}}
}

test_permission_set if {
	arns := ["arn:aws:iam::aws:policy/IAMFullAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess"]
	rule.deny == {{
		"path": ["ManagedPolicies", 1],
		"message": "An AWS managed policy with full access to a service is attached.",
	}} with input as {"resource": {"type": "AWS::SSO::PermissionSet", "properties": {"ManagedPolicies": arns}}}
}
