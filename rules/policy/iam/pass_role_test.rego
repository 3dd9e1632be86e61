package guardhook.iam.pass_role_test

import data.guardhook.iam.pass_role as rule

with_policy(body) := {"resource": {
	"type": "AWS::IAM::RolePolicy",
	"properties": {"PolicyDocument": {"Statement": [body]}},
}}

statement(action, resource) := {"Effect": "Allow", "Action": action, "Resource": resource}

message := "The statement allows passing every role of the account to a service."

test_every_role[name] if {
	some name, body in {
		"text": statement("iam:PassRole", "*"),
		"any case": statement("IAM:passrole", "*"),
		"list": statement(["s3:GetObject", "iam:PassRole"], "*"),
		"partial wildcard": statement("iam:Pass*", "*"),
		"whole service": statement("iam:*", "*"),
		"every role": statement("iam:PassRole", "arn:aws:iam::111122223333:role/*"),
		"every role with placeholders": statement("iam:PassRole", "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"),
		"every beginning of a role": statement("iam:PassRole", "arn:aws:iam::*:ro*"),
		"everything of an account": statement("iam:PassRole", "arn:aws:*:*:111122223333:*"),
		"wildcard inside the action": statement("i*:P?ssR*e", "*"),
		"every role and path": statement("iam:PassRole", "arn:aws:iam::*:role/*/*"),
		"all of iam": statement("iam:PassRole", "arn:aws:iam::*:*"),
		"every action on every role": statement("*", "arn:aws:iam::*:role/*"),
		"condition": object.union(
			statement("iam:PassRole", "*"),
			{"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
		),
		"all but some actions on every role": {
			"Effect": "Allow",
			"NotAction": "s3:*",
			"Resource": "arn:aws:iam::*:role/*",
		},
	}
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "Resource"],
		"message": message,
	}} with input as with_policy(body)
}

test_place_in_a_list if {
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "Resource", 1],
		"message": message,
	}} with input as with_policy(statement("iam:PassRole", ["arn:aws:iam::111122223333:role/a", "*"]))
}

test_not_resource if {
	body := {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/admin"}
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "NotResource"],
		"message": message,
	}} with input as with_policy(body)
}

test_inline_policies if {
	document := {"Statement": statement("iam:PassRole", "*")}
	properties := {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}
	rule.deny == {{
		"path": ["Policies", 0, "PolicyDocument", "Statement", "Resource"],
		"message": message,
	}} with input as {"resource": {"type": "AWS::IAM::Group", "properties": properties}}
}

test_text_document if {
	properties := {"PolicyDocument": json.marshal({"Statement": statement("iam:PassRole", "*")})}
	rule.deny == {{
		"path": ["PolicyDocument"],
		"message": message,
	}} with input as {"resource": {"type": "AWS::IAM::Policy", "properties": properties}}
}

test_narrower[name] if {
	some name, body in {
		"deny": object.union(statement("iam:PassRole", "*"), {"Effect": "Deny"}),
		"one role": statement("iam:PassRole", "arn:aws:iam::111122223333:role/worker"),
		"roles of a path": statement("iam:PassRole", "arn:aws:iam::111122223333:role/workers/*"),
		"roles of a prefix": statement("iam:PassRole", "arn:aws:iam::111122223333:role/worker-*"),
		"attribute": statement("iam:PassRole", "${Role.Arn}"),
		"users": statement("iam:*", "arn:aws:iam::111122223333:user/*"),
		"resources of another service": statement("iam:PassRole", "arn:aws:s3:::*"),
		"other actions": statement(["iam:Get*", "iam:List*"], "*"),
		"excluded": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:iam::*:role/*"},
		"everything, which is another rule's": statement("*", "*"),
		"no resource": {"Effect": "Allow", "Action": "iam:PassRole"},
		"odd resource": statement("iam:PassRole", {"Arn": "*"}),
		"odd statement": "Allow",
	}
	rule.deny == set() with input as with_policy(body)
}

test_permission_set if {
	document := {"Statement": [statement("iam:PassRole", "*")]}
	rule.deny == {{
		"path": ["InlinePolicy", "Statement", 0, "Resource"],
		"message": message,
	}} with input as {"resource": {"type": "AWS::SSO::PermissionSet", "properties": {"InlinePolicy": document}}}
	rule.deny == {{
		"path": ["InlinePolicy"],
		"message": message,
	}} with input as {"resource": {
		"type": "AWS::SSO::PermissionSet",
		"properties": {"InlinePolicy": json.marshal(document)},
	}}
}
