package guardhook.iam.trust_federation_test

import data.guardhook.iam.trust_federation as rule

with_trust(body) := {"resource": {
	"type": "AWS::IAM::Role",
	"properties": {"AssumeRolePolicyDocument": {"Statement": [body]}},
}}

trust := {
	"Effect": "Allow",
	"Principal": {"Federated": "${Provider}"},
	"Action": "sts:AssumeRoleWithWebIdentity",
}

with_condition(condition) := with_trust(object.union(trust, {"Condition": condition}))

github := "token.actions.githubusercontent.com"

message := "Every user of the identity provider can assume the role: no condition checks a claim of the token."

test_no_condition if {
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", 0, "Principal"],
		"message": message,
	}} with input as with_trust(trust)
}

test_text_document if {
	properties := {"AssumeRolePolicyDocument": json.marshal({"Statement": trust})}
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument"],
		"message": message,
	}} with input as {"resource": {"type": "AWS::IAM::Role", "properties": properties}}
}

test_no_claim_checked[name] if {
	some name, condition in {
		"audience of all repositories": {"StringEquals": {concat(":", [github, "aud"]): "sts.amazonaws.com"}},
		"audience of all projects": {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}},
		"audience of all workspaces": {"StringEquals": {"app.terraform.io:aud": "aws.workload.identity"}},
		"users of all pools": {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
		"odd": "StringEquals",
		"every repository": {"StringLike": {concat(":", [github, "sub"]): "repo:*"}},
		"audience of all pipelines": {"StringEquals": {"agent.buildkite.com:aud": "sts.amazonaws.com"}},
		"organizations of a name": {"StringLike": {concat(":", [github, "sub"]): "repo:org*"}},
		"organizations of a name with a repository": {"StringLike": {concat(":", [github, "sub"]): "repo:org*/a:*"}},
		"every subject": {"StringLike": {concat(":", [github, "sub"]): "*"}},
		"one subject and every repository": {"StringLike": {concat(":", [github, "sub"]): ["repo:org/a:*", "repo:*"]}},
		"every service account": {"StringLike": {"oidc.eks.eu-west-1.amazonaws.com/id/AB:sub": "system:serviceaccount:*"}},
		"absent claims pass": {"ForAllValues:StringLike": {concat(":", [github, "sub"]): "repo:org/a:*"}},
		"negated": {"StringNotEquals": {"accounts.google.com:aud": "x"}},
		"transport": {"Bool": {"aws:SecureTransport": "true"}},
		"key of AWS": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
		"key of STS": {"StringEquals": {"sts:RoleSessionName": "x"}},
		"no provider": {"StringEquals": {"aud": "x"}},
	}
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", 0, "Condition"],
		"message": message,
	}} with input as with_condition(condition)
}

test_claim_checked[name] if {
	some name, condition in {
		"branch": {"StringEquals": {concat(":", [github, "sub"]): "repo:org/a:ref:refs/heads/main"}},
		"repository": {"StringLike": {concat(":", [github, "sub"]): "repo:org/a:*"}},
		"organization": {"StringLike": {concat(":", [github, "sub"]): "repo:org/*"}},
		"organization with an id": {"StringLike": {concat(":", [github, "sub"]): "repo:org@*/a@*:*"}},
		"wildcard that is none": {"StringEquals": {concat(":", [github, "sub"]): "repo:*"}},
		"any case": {"stringlike": {"Token.Actions.GithubUserContent.com:SUB": "repo:org/a:*"}},
		"identity pool": {
			"StringEquals": {"cognito-identity.amazonaws.com:aud": "${Pool}"},
			"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
		},
		"SAML": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
		"service account": {"StringEquals": {"${Issuer}:sub": "system:serviceaccount:ns:app"}},
		"network": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
	}
	rule.deny == set() with input as with_condition(condition)
}

test_not_federated[name] if {
	some name, body in {
		"service": object.union(trust, {"Principal": {"Service": "lambda.amazonaws.com", "Federated": []}}),
		"account": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
		"anyone": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
		"deny": object.union(trust, {"Effect": "Deny"}),
	}
	rule.deny == set() with input as with_trust(body)
}

test_no_document if {
	rule.deny == set() with input as {"resource": {"type": "AWS::IAM::Role", "properties": {}}}
}
