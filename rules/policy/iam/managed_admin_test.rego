package guardhook.iam.managed_admin_test

import data.guardhook.iam.managed_admin as rule

attached(arns) := {"resource": {"type": "AWS::IAM::Role", "properties": {"ManagedPolicyArns": arns}}}

test_administrators[arn] if {
	some arn in [
		"arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess",
		"arn:aws-cn:iam::aws:policy/PowerUserAccess",
		"arn:aws:iam::aws:policy/IAMFullAccess",
		"arn:aws:iam::aws:policy/AdministratorAccess-Amplify",
		"arn:aws:iam::aws:policy/job-function/PowerUserAccess",
	]
	rule.deny == {{
		"path": ["ManagedPolicyArns", 1],
		"message": "An AWS managed policy with administrator rights is attached.",
	}} with input as attached(["arn:aws:iam::aws:policy/ReadOnlyAccess", arn])
}

test_others[arn] if {
	some arn in [
		"arn:aws:iam::aws:policy/ReadOnlyAccess",
		"arn:aws:iam::aws:policy/AmazonS3FullAccess",
		"arn:aws:iam::aws:policy/AdministratorAccessLike",
		"arn:aws:iam::111122223333:policy/AdministratorAccess",
		"${Policy}",
		"",
		5,
	]
	rule.deny == set() with input as attached([arn])
}

test_nothing_attached if {
	rule.deny == set() with input as attached([])
	rule.deny == set() with input as {"resource": {"type": "AWS::IAM::Role", "properties": {}}}
}

test_permission_set if {
	arns := ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"]
	rule.deny == {{
		"path": ["ManagedPolicies", 1],
		"message": "An AWS managed policy with administrator rights is attached.",
	}} with input as {"resource": {"type": "AWS::SSO::PermissionSet", "properties": {"ManagedPolicies": arns}}}
}
