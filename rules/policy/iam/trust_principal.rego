# METADATA
# title: IAM role is not assumable by anyone
# description: >-
#   A trust policy whose principal is everyone, or everyone but a few, lets every AWS account assume
#   the role, unless a condition limits who the caller is.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
# custom:
#   id: IAM_TRUST_PRINCIPAL
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::IAM::Role"]
#   remediation: >-
#     Name the account, role or service in Principal, or add a condition on aws:PrincipalOrgID,
#     aws:PrincipalAccount, aws:PrincipalArn or sts:ExternalId with StringEquals.
#   controls: {nist-800-53-r5: [AC-3, AC-6], pci-dss-4: ["7.2.1", "7.2.2"]}
#   witnesses:
#     - "*"
#     - "arn:aws:iam::*:root"
#     - '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'
package guardhook.iam.trust_principal

import data.guardhook.lib.iam

deny contains finding if {
	some statement in iam.statements(
		["AssumeRolePolicyDocument"],
		input.resource.properties.AssumeRolePolicyDocument,
	)
	iam.public_statement(statement.body)
	finding := {
		"path": iam.place(statement, [element(statement.body)]),
		"message": "Any AWS account can assume the role: the principal is open and no condition limits it.",
	}
}

element(body) := "NotPrincipal" if {
	body.NotPrincipal
} else := "Principal"
