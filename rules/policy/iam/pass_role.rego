# METADATA
# title: IAM policy does not allow passing every role
# description: >-
#   Whoever may pass any role to a service can run code under the most powerful role of the account.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
# custom:
#   id: IAM_PASS_ROLE
#   severity: HIGH
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
#   remediation: >-
#     List in Resource the ARNs of the roles to pass, and limit the services with iam:PassedToService.
#   controls: {nist-800-53-r5: [AC-6], pci-dss-4: ["7.2.1", "7.2.2"]}
#   witnesses:
#     - "*"
#     - "iam:PassRole"
#     - "iam:*"
#     - "arn:aws:iam::*:role/*"
#     - '{"Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}'
package guardhook.iam.pass_role

import data.guardhook.lib.iam
import data.guardhook.lib.policies

relevant if {
	some action in policies.wildcards
	iam.matches(action, "iam:passrole")
}

relevant if "iam:passrole" in policies.actions

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
	iam.grants(statement.body, "iam:passrole")
	not everything(statement.body)
	some path in every_role(statement.body)
	finding := {
		"path": iam.place(statement, path),
		"message": "The statement allows passing every role of the account to a service.",
	}
}

# IAM_ADMIN_ACCESS says it already.
everything(body) if {
	iam.every_action(body)
	iam.every_resource(body)
}

every_role(body) := {item.path |
	some item in iam.items(body, "Resource")
	all_roles(item.value)
} if {
	not body.NotResource
}

every_role(body) := {["NotResource"]} if body.NotResource

all_roles(resource) if iam.any_resource(resource)

all_roles(resource) if {
	fields := iam.arn(resource)
	iam.matches(fields.service, "iam")
	regex.match(`^(r|ro|rol|role/?)?[*?]*\*[*?/]*$`, fields.name)
}
