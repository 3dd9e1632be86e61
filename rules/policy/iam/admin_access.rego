# METADATA
# title: IAM policy does not allow everything on everything
# description: >-
#   A statement that allows every action on every resource hands over the account: whoever holds it
#   can grant himself the rest. NotAction and NotResource in an Allow statement do the same for all
#   that they do not name, including services that do not exist yet.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
# custom:
#   id: IAM_ADMIN_ACCESS
#   severity: CRITICAL
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
#   remediation: Name the actions that are needed in Action and the ARNs they are needed on in Resource.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, "AC-6(2)", "AC-6(10)"]
#     cis-aws-foundations-3: ["1.16"]
#     cis-aws-foundations-4: ["1.16"]
#     pci-dss-4: ["7.2.1", "7.2.2"]
#     aws-guard-rules-registry: [iam/iam_policy_no_statements_with_admin_access]
#   witnesses:
#     - "*"
#     - "*:*"
#     - "arn:aws:*"
#     - '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
package guardhook.iam.admin_access

import data.guardhook.lib.iam
import data.guardhook.lib.policies

relevant if {
	some action in policies.wildcards
	iam.any_action(action)
}

relevant if policies.hidden

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
	some action in wide_actions(statement.body)
	finding := {
		"path": iam.place(statement, action.path),
		"message": sprintf("The statement allows %s on %s.", [action.text, wide_resource(statement.body)]),
	}
}

wide_actions(body) := {{"path": item.path, "text": "every action"} |
	some item in iam.items(body, "Action")
	iam.any_action(item.value)
} if {
	not body.NotAction
}

wide_actions(body) := {{"path": ["NotAction"], "text": "every action but those in NotAction"}} if body.NotAction

wide_resource(body) := "every resource" if {
	some resource in iam.resources(body)
	iam.any_resource(resource)
} else := "every resource but those in NotResource" if {
	body.NotResource
}
