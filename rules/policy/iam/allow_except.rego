# METADATA
# title: IAM policy allows by name
# description: >-
#   NotAction and NotResource in a statement that allows give everything else, which grows with every new
#   action and resource. Such a statement says what is kept back, not what is given.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
# custom:
#   id: IAM_ALLOW_EXCEPT
#   severity: MEDIUM
#   scope: resource
#   resource_types:
#     - AWS::IAM::Policy
#     - AWS::IAM::ManagedPolicy
#     - AWS::IAM::Role
#     - AWS::IAM::User
#     - AWS::IAM::Group
#     - AWS::IAM::RolePolicy
#     - AWS::IAM::UserPolicy
#     - AWS::IAM::GroupPolicy
#     - AWS::SSO::PermissionSet
#   remediation: Name what is allowed in Action and Resource, and keep the exceptions in a statement that denies.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6]
#     pci-dss-4: ["7.2.1", "7.2.2"]
#     aws-guard-rules-registry: [iam/iam_role_or_policy_no_allow_plus_not_resource]
#   witnesses: ['{"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::data"}}']
package guardhook.iam.allow_except

import data.guardhook.lib.iam
import data.guardhook.lib.policies

relevant if policies.hidden

relevant if policies.excepting

statements contains statement if {
	some statement in iam.statements(["PolicyDocument"], input.resource.properties.PolicyDocument)
}

statements contains statement if {
	some i
	document := input.resource.properties.Policies[i].PolicyDocument
	some statement in iam.statements(["Policies", i, "PolicyDocument"], document)
}

statements contains statement if {
	some statement in iam.statements(["InlinePolicy"], input.resource.properties.InlinePolicy)
}

deny contains finding if {
	relevant
	some statement in statements
	iam.allows(statement.body)
	not everything(statement.body)
	some element in ["NotAction", "NotResource"]
	statement.body[element]
	finding := {
		"path": iam.place(statement, [element]),
		"message": sprintf("The statement allows everything but what is in %s.", [element]),
	}
}

# IAM_ADMIN_ACCESS says it already.
everything(body) if {
	iam.every_action(body)
	iam.every_resource(body)
}
