package guardhook.public_access.ecr_repository_policy_test

import data.guardhook.public_access.ecr_repository_policy as rule

with_policy(document) := {"resource": {
	"type": "AWS::ECR::Repository",
	"properties": {"RepositoryPolicyText": document},
}}

allow(principal) := {
	"Effect": "Allow",
	"Principal": principal,
	"Action": "ecr:BatchGetImage",
	"Resource": "*",
}

message := "The repository policy allows anyone, with no condition that restricts who."

test_open_principals[name] if {
	some name, principal in {
		"text": "*",
		"account": {"AWS": "*"},
		"list": {"AWS": ["111122223333", "*"]},
	}
	document := {"Statement": [allow({"AWS": "111122223333"}), allow(principal)]}
	rule.deny == {{
		"path": ["RepositoryPolicyText", "Statement", 1, "Principal"],
		"message": message,
	}} with input as with_policy(document)
}

test_single_statement if {
	rule.deny == {{
		"path": ["RepositoryPolicyText", "Statement", "Principal"],
		"message": message,
	}} with input as with_policy({"Statement": allow("*")})
}

test_every_open_statement_is_found if {
	count(rule.deny) == 2 with input as with_policy({"Statement": [allow("*"), allow({"AWS": "*"})]})
}

test_named_principals[name] if {
	some name, principal in {
		"root": {"AWS": "arn:aws:iam::111122223333:root"},
		"root with pseudo parameters": {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
		"role": {"AWS": ["${Role.Arn}"]},
		"service": {"Service": "events.amazonaws.com"},
	}
	rule.deny == set() with input as with_policy({"Statement": [allow(principal)]})
}

test_restricting_condition if {
	statement := object.union(allow("*"), {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}})
	rule.deny == set() with input as with_policy({"Statement": [statement]})
}

test_condition_that_restricts_nobody if {
	statement := object.union(allow("*"), {"Condition": {"Bool": {"aws:SecureTransport": "true"}}})
	count(rule.deny) == 1 with input as with_policy({"Statement": [statement]})
}

test_deny_for_everyone if {
	statement := object.union(allow("*"), {"Effect": "Deny"})
	rule.deny == set() with input as with_policy({"Statement": [statement]})
}

test_no_document if {
	rule.deny == set() with input as {"resource": {"type": "AWS::ECR::Repository", "properties": {}}}
}

test_registry_and_template[property] if {
	some property in ["PolicyText", "RepositoryPolicy"]
	rule.deny == {{
		"path": [property, "Statement", 0, "Principal"],
		"message": message,
	}} with input as {"resource": {
		"type": "AWS::ECR::RegistryPolicy",
		"properties": {property: {"Statement": [allow("*")]}},
	}}
	rule.deny == set() with input as {"resource": {
		"type": "AWS::ECR::RegistryPolicy",
		"properties": {property: {"Statement": [allow({"AWS": "111122223333"})]}},
	}}
}
