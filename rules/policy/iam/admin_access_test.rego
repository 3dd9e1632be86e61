package guardhook.iam.admin_access_test

import data.guardhook.iam.admin_access as rule

with_policy(document) := {"resource": {"type": "AWS::IAM::Policy", "properties": {"PolicyDocument": document}}}

with_policies(documents) := {"resource": {
	"type": "AWS::IAM::Role",
	"properties": {"Policies": [{"PolicyName": "p", "PolicyDocument": document} | some document in documents]},
}}

all := "The statement allows every action on every resource."

statement(action, resource) := {"Effect": "Allow", "Action": action, "Resource": resource}

test_wildcards[name] if {
	some name, body in {
		"texts": statement("*", "*"),
		"two wildcards": statement("*:*", "*"),
		"repeated wildcards": statement("**", "?*"),
		"list of resources": statement("*", ["arn:aws:s3:::bucket", "*"]),
		"everything of the account": statement("*", "arn:${AWS::Partition}:*:*:${AWS::AccountId}:*"),
		"every ARN": statement("*", "arn:${AWS::Partition}:*"),
		"condition": object.union(statement("*", "*"), {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
	}
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", "Action"],
		"message": all,
	}} with input as with_policy({"Statement": body})
}

test_place_in_lists if {
	document := {"Statement": [statement("s3:GetObject", "*"), statement(["s3:GetObject", "*"], ["*"])]}
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 1, "Action", 1],
		"message": all,
	}} with input as with_policy(document)
}

test_text_document if {
	rule.deny == {{
		"path": ["PolicyDocument"],
		"message": all,
	}} with input as with_policy(json.marshal({"Statement": statement("*", "*")}))
}

test_not_action if {
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "NotAction"],
		"message": "The statement allows every action but those in NotAction on every resource.",
	}} with input as with_policy({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]})
}

test_not_resource if {
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "Action"],
		"message": "The statement allows every action on every resource but those in NotResource.",
	}} with input as with_policy({"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::b"]}]})
}

test_neither_named if {
	body := {"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": "arn:aws:s3:::b"}
	rule.deny == {{
		"path": ["PolicyDocument", "Statement", 0, "NotAction"],
		"message": "The statement allows every action but those in NotAction on every resource but those in NotResource.",
	}} with input as with_policy({"Statement": [body]})
}

test_inline_policies if {
	documents := [{"Statement": [statement("s3:*", "*")]}, {"Statement": statement("*", "*")}]
	rule.deny == {{
		"path": ["Policies", 1, "PolicyDocument", "Statement", "Action"],
		"message": all,
	}} with input as with_policies(documents)
}

test_narrower[name] if {
	some name, body in {
		"deny": object.union(statement("*", "*"), {"Effect": "Deny"}),
		"deny the rest": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"},
		"service": statement("s3:*", "*"),
		"resource": statement("*", "arn:aws:s3:::bucket/*"),
		"service of resources": statement("*", "arn:aws:s3:::*"),
		"attribute": statement("*", ["${Bucket.Arn}", "${Bucket.Arn}/*"]),
		"all but some actions on one resource": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:s3:::b"},
		"one action on all but some": {"Effect": "Allow", "Action": "s3:Get*", "NotResource": "arn:aws:s3:::b"},
		"no resource": {"Effect": "Allow", "Action": "*"},
		"no action": {"Effect": "Allow", "Resource": "*"},
		"odd": {"Effect": "Allow", "Action": {"a": "*"}, "Resource": {"b": "*"}},
	}
	rule.deny == set() with input as with_policy({"Statement": [body]})
	rule.deny == set() with input as with_policies([{"Statement": body}])
}

test_nothing_to_judge[name] if {
	some name, properties in {
		"no document": {},
		"no statement": {"PolicyDocument": {}},
		"text": {"PolicyDocument": "*"},
		"policy without document": {"Policies": [{"PolicyName": "p"}]},
	}
	rule.deny == set() with input as {"resource": {"type": "AWS::IAM::Role", "properties": properties}}
}

test_permission_set if {
	document := {"Statement": [statement("*", "*")]}
	rule.deny == {{
		"path": ["InlinePolicy", "Statement", 0, "Action"],
		"message": all,
	}} with input as {"resource": {"type": "AWS::SSO::PermissionSet", "properties": {"InlinePolicy": document}}}
	rule.deny == {{
		"path": ["InlinePolicy"],
		"message": all,
	}} with input as {"resource": {
		"type": "AWS::SSO::PermissionSet",
		"properties": {"InlinePolicy": json.marshal(document)},
	}}
}
