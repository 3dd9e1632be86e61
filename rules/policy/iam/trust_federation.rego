# METADATA
# title: IAM role for federated identities checks a claim
# description: >-
#   An identity provider issues tokens to all of its users, and public providers to everyone. A trust
#   policy for a federated principal has to check a claim that tells its own users from the others.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
# custom:
#   id: IAM_TRUST_FEDERATION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::IAM::Role"]
#   remediation: >-
#     Add a StringEquals or StringLike condition on a claim of the provider, such as
#     token.actions.githubusercontent.com:sub, cognito-identity.amazonaws.com:aud or SAML:aud.
#   controls: {nist-800-53-r5: [AC-3, IA-8]}
#   witnesses:
#     - "*"
#     - "repo:*"
#     - >-
#       {"Statement": {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
#       "Action": "sts:AssumeRoleWithWebIdentity"}}
package guardhook.iam.trust_federation

import data.guardhook.lib.iam

deny contains finding if {
	some statement in iam.statements(
		["AssumeRolePolicyDocument"],
		input.resource.properties.AssumeRolePolicyDocument,
	)
	iam.allows(statement.body)
	count(iam.principals_of(statement.body, "Federated")) > 0
	not claim_checked(statement.body)
	not iam.restricted(statement.body)
	finding := {
		"path": iam.place(statement, [element(statement.body)]),
		"message": "Every user of the identity provider can assume the role: no condition checks a claim of the token.",
	}
}

element(body) := "Condition" if {
	body.Condition
} else := "Principal"

claim_checked(body) if {
	some test in iam.tests(body)
	test.operator in iam.restricting_operators
	claim(test.key)
	iam.closed_test(test)
	names_subjects(test)
}

# StringEquals takes a wildcard for the character that it is: such a role is assumed by nobody.
names_subjects(test) if test.operator in iam.exact_operators

names_subjects(test) if {
	every text in iam.texts(test.value) {
		not any_subject(text)
	}
}

# A key names the provider before the claim: SAML:aud, accounts.google.com:sub.
claim(key) if {
	regex.match(`^[^:]+:`, key)
	not regex.match(`^(aws|sts):`, key)
	not key in shared_claims
}

# The same for every customer of the provider.
shared_claims := {
	"agent.buildkite.com:aud",
	"app.terraform.io:aud",
	"cognito-identity.amazonaws.com:amr",
	"gitlab.com:aud",
	"token.actions.githubusercontent.com:aud",
}

# Subjects that begin with a wildcard after their kind: repo:*, system:serviceaccount:*.
any_subject(text) if regex.match(`^([A-Za-z_-]+:)+[*?]`, text)

# Owners of which only the beginning is given: repo:org* is also repo:org-of-somebody-else. An id after
# the name, as in repo:org@*/app, does not open it.
any_subject(text) if regex.match(`^repo:[^/@:]*[*?]`, text)
