package guardhook.iam.trust_principal_test

import data.guardhook.iam.trust_principal as rule

with_trust(document) := {"resource": {
	"type": "AWS::IAM::Role",
	"properties": {"AssumeRolePolicyDocument": document},
}}

trust(principal) := {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}

message := "Any AWS account can assume the role: the principal is open and no condition limits it."

test_open_principals[name] if {
	some name, principal in {
		"text": "*",
		"AWS": {"AWS": "*"},
		"list": {"AWS": ["111122223333", "*"]},
		"root of every account": {"AWS": "arn:aws:iam::*:root"},
	}
	document := {"Statement": [trust({"Service": "lambda.amazonaws.com"}), trust(principal)]}
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", 1, "Principal"],
		"message": message,
	}} with input as with_trust(document)
}

test_not_principal if {
	body := {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", "NotPrincipal"],
		"message": message,
	}} with input as with_trust({"Statement": body})
}

test_text_document if {
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument"],
		"message": message,
	}} with input as with_trust(json.marshal({"Statement": [trust("*")]}))
}

test_condition_that_restricts_nobody if {
	body := object.union(trust("*"), {"Condition": {"Bool": {"aws:SecureTransport": "true"}}})
	count(rule.deny) == 1 with input as with_trust({"Statement": [body]})
}

test_closed[name] if {
	some name, body in {
		"account": trust({"AWS": "arn:aws:iam::${AWS::AccountId}:root"}),
		"role": trust({"AWS": "${Caller.Arn}"}),
		"service": trust({"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]}),
		"deny": object.union(trust("*"), {"Effect": "Deny"}),
		"organization": object.union(trust("*"), {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}),
		"external id": object.union(trust({"AWS": "*"}), {"Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}),
	}
	rule.deny == set() with input as with_trust({"Statement": [body]})
}

test_no_document if {
	rule.deny == set() with input as {"resource": {"type": "AWS::IAM::Role", "properties": {}}}
}
