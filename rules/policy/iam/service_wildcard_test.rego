package guardhook.iam.service_wildcard_test

import data.guardhook.iam.service_wildcard as rule

with_policy(body) := {"resource": {
	"type": "AWS::IAM::ManagedPolicy",
	"properties": {"PolicyDocument": {"Statement": [body]}},
}}

statement(action, resource) := {"Effect": "Allow", "Action": action, "Resource": resource}

message(service) := sprintf("The statement allows every action of %s on every resource.", [service])

test_wildcards[name] if {
	some name, test in {
		"text": ["s3", statement("s3:*", "*")],
		"upper case": ["s3", statement("S3:*", "*")],
		"repeated wildcards": ["s3", statement("s3:**", "*")],
		"all resources of the service": ["s3", statement("s3:*", "arn:${AWS::Partition}:s3:::*")],
		"all accounts and regions": ["sqs", statement("sqs:*", ["arn:aws:sqs:*:*:*"])],
		"wildcard in the service": ["s*", statement("s*:*", "*")],
		"every action on all resources of a service": ["s3", statement("*", "arn:aws:s3:::*")],
		"all but some resources": ["s3", {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b"}],
	}
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "Action"],
		"message": message(test[0]),
	}} with input as with_policy(test[1])
}

test_each_service_of_a_list if {
	rule.deny == {
		{"path": ["PolicyDocument", "Statement", 0, "Action", 0], "message": message("s3")},
		{"path": ["PolicyDocument", "Statement", 0, "Action", 2], "message": message("sqs")},
	} with input as with_policy(statement(["s3:*", "sns:Publish", "sqs:*"], "*"))
}

test_inline_policies if {
	document := {"Statement": statement("dynamodb:*", "*")}
	properties := {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}
	rule.deny == {{
		"path": ["Policies", 0, "PolicyDocument", "Statement", "Action"],
		"message": message("dynamodb"),
	}} with input as {"resource": {"type": "AWS::IAM::User", "properties": properties}}
}

test_text_document if {
	properties := {"PolicyDocument": json.marshal({"Statement": statement("s3:*", "*")})}
	rule.deny == {{
		"path": ["PolicyDocument"],
		"message": message("s3"),
	}} with input as {"resource": {"type": "AWS::IAM::Policy", "properties": properties}}
}

test_narrower[name] if {
	some name, body in {
		"deny": object.union(statement("s3:*", "*"), {"Effect": "Deny"}),
		"some actions": statement(["s3:Get*", "s3:ListBucket"], "*"),
		"some resources": statement("s3:*", ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]),
		"all resources of another service": statement("s3:*", ["arn:aws:s3:::bucket", "arn:aws:sqs:*:*:*"]),
		"one region": statement("sqs:*", "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:*"),
		"attribute": statement("sqs:*", "${Queue.Arn}"),
		"everything, which is another rule's": statement("*", "*"),
		"everything in another list": statement(["*", "*:*"], ["arn:aws:s3:::*", "*"]),
		"everything but, which is another rule's": {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"},
		"every action on some resources": statement("*", ["arn:aws:s3:::bucket/*", "${Queue.Arn}"]),
		"every action denied": object.union(statement("*", "arn:aws:s3:::*"), {"Effect": "Deny"}),
		"odd elements": statement([{"Service": "s3:*"}], {"Arn": "*"}),
		"odd statement": "Allow",
		"no resource": {"Effect": "Allow", "Action": "s3:*"},
	}
	rule.deny == set() with input as with_policy(body)
}

test_allowed_by_parameter if {
	params := {"iam": {"allowed_service_wildcards": ["logs:*"]}}
	rule.deny == set() with input as with_policy(statement("logs:*", "*")) with data.params as params
	rule.deny == set() with input as with_policy(statement("*", "arn:aws:logs:*:*:*")) with data.params as params
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "Action", 1],
		"message": message("s3"),
	}} with input as with_policy(statement(["Logs:*", "s3:*"], "*")) with data.params as params
}

test_permission_set if {
	document := {"Statement": [statement("s3:*", "*")]}
	rule.deny == {{
		"path": ["InlinePolicy", "Statement", 0, "Action"],
		"message": message("s3"),
	}} with input as {"resource": {"type": "AWS::SSO::PermissionSet", "properties": {"InlinePolicy": document}}}
	rule.deny == {{
		"path": ["InlinePolicy"],
		"message": message("s3"),
	}} with input as {"resource": {
		"type": "AWS::SSO::PermissionSet",
		"properties": {"InlinePolicy": json.marshal(document)},
	}}
}
