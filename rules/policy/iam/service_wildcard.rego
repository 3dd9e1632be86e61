# METADATA
# title: IAM policy does not allow all of a service on every resource
# description: >-
#   A statement such as s3:* on * includes deleting, sharing and reconfiguring every resource of the
#   service, and every action that the service will get later.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
#   - https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# custom:
#   id: IAM_SERVICE_WILDCARD
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
#     Name the actions that are needed, or limit Resource to the ARNs they are needed on. A service
#     for which the wildcard is accepted goes to the parameter iam.allowed_service_wildcards.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, "AC-6(2)", "AC-6(10)"]
#     pci-dss-4: ["7.2.1", "7.2.2"]
#     aws-guard-rules-registry:
#       - iam/iam_policy_no_statements_with_full_access
#       - iam/iam_role_no_wildcard_actions_on_permissions
#   witnesses:
#     - "*"
#     - "s3:*"
#     - "arn:aws:s3:::*"
#     - '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
package guardhook.iam.service_wildcard

import data.guardhook.lib.iam
import data.guardhook.lib.policies

relevant if count(policies.wildcards) > 0

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
	some item in iam.items(statement.body, "Action")
	action := lower(item.value)
	iam.service_wildcard(action)
	not accepted(action)
	service := split(action, ":")[0]
	whole_service(statement.body, service)
	finding := {
		"path": iam.place(statement, item.path),
		"message": sprintf("The statement allows every action of %s on every resource.", [service]),
	}
}

# Every action, limited to one service by its resources only.
deny contains finding if {
	relevant
	some statement in statements
	iam.allows(statement.body)
	not iam.every_resource(statement.body)
	some item in iam.items(statement.body, "Action")
	iam.any_action(item.value)
	some resource in iam.resources(statement.body)
	service := lower(iam.arn(resource).service)
	iam.any_resource_of(resource, service)
	not accepted(sprintf("%s:*", [service]))
	finding := {
		"path": iam.place(statement, item.path),
		"message": sprintf("The statement allows every action of %s on every resource.", [service]),
	}
}

whole_service(body, service) if {
	some resource in iam.resources(body)
	iam.any_resource_of(resource, service)
}

whole_service(body, _) if body.NotResource

accepted(action) if action in data.params.iam.allowed_service_wildcards
