package guardhook.iam.allow_except_test

import data.guardhook.iam.allow_except as rule

policy(statement) := {"resource": {
	"type": "AWS::IAM::ManagedPolicy",
	"properties": {"PolicyDocument": {"Statement": statement}},
}}

role(document) := {"resource": {
	"type": "AWS::IAM::Role",
	"properties": {"Policies": [{"PolicyName": "first", "PolicyDocument": document}]},
}}

finding(path, element) := {
	"path": array.concat(path, [element]),
	"message": sprintf("The statement allows everything but what is in %s.", [element]),
}

one := {"Effect": "Allow", "NotAction": "s3:DeleteObject", "Resource": "arn:aws:s3:::data/*"}

rest := {"Effect": "Allow", "Action": ["s3:GetObject"], "NotResource": ["arn:aws:s3:::data/secret/*"]}

test_excepted if {
	at := ["PolicyDocument", "Statement"]
	rule.deny == {finding(at, "NotAction")} with input as policy(one)
	rule.deny == {finding(array.concat(at, [1]), "NotResource")} with input as policy([{"Effect": "Allow"}, rest])
	rule.deny == {finding(array.concat(at, [0]), "NotAction")} with input as policy([one])
	rule.deny == {finding(at, "NotResource")} with input as policy(rest)
}

test_permission_set if {
	rule.deny == {finding(["InlinePolicy", "Statement"], "NotAction")} with input as {"resource": {
		"type": "AWS::SSO::PermissionSet",
		"properties": {"InlinePolicy": {"Statement": one}},
	}}
}

test_inline if {
	at := ["Policies", 0, "PolicyDocument", "Statement"]
	rule.deny == {finding(at, "NotAction")} with input as role({"Statement": one})
	rule.deny == {finding(at, "NotResource")} with input as role({"Statement": rest})
	rule.deny == {finding(array.concat(at, [0]), "NotResource")} with input as role({"Statement": [rest]})
}

test_text if {
	rule.deny == {{
		"path": ["Policies", 0, "PolicyDocument"],
		"message": "The statement allows everything but what is in NotAction.",
	}} with input as role(json.marshal({"Statement": one}))
}

test_by_name[name] if {
	some name, statement in {
		"allowed": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
		"denied": {"Effect": "Deny", "NotAction": "s3:GetObject", "NotResource": "arn:aws:s3:::data/*"},
		"administrator": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
		"administrator but for": {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::data/*"},
	}
	rule.deny == set() with input as policy(statement)
}
