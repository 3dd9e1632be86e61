package guardhook.iam.user_policy_test

import data.guardhook.iam.user_policy as rule

finding(path) := {"path": path, "message": "The user is given permissions directly."}

test_user if {
	paths := {["Policies", 0], ["ManagedPolicyArns", 0], ["ManagedPolicyArns", 1]}
	rule.deny == {finding(path) | some path in paths} with input as {"resource": {
		"type": "AWS::IAM::User",
		"properties": {"Policies": [{"PolicyName": "read"}], "ManagedPolicyArns": ["${Policy}", "${Other}"]},
	}}
}

test_user_policy if {
	rule.deny == {finding(["UserName"])} with input as {"resource": {
		"type": "AWS::IAM::UserPolicy",
		"properties": {"UserName": "${User}", "PolicyName": "read"},
	}}
}

test_attached[type] if {
	some type in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"]
	rule.deny == {finding(["Users", 0])} with input as {"resource": {
		"type": type,
		"properties": {"Users": ["${User}"], "Groups": ["${Group}"]},
	}}
	rule.deny == set() with input as {"resource": {"type": type, "properties": {"Groups": ["${Group}"]}}}
}

test_member if {
	rule.deny == set() with input as {"resource": {
		"type": "AWS::IAM::User",
		"properties": {"Groups": ["${Group}"], "Policies": [], "ManagedPolicyArns": []},
	}}
}
