# METADATA
# title: IAM role trust policy names its actions
# description: >-
#   A trust policy that allows sts:* also allows to tag sessions, to set the source identity and to
#   use kinds of federation that nobody meant to allow, unless a condition limits who the caller is.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
#   - https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
# custom:
#   id: IAM_TRUST_ACTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::IAM::Role"]
#   remediation: Replace the wildcard with sts:AssumeRole, or the one action that the principal uses.
#   controls:
#     nist-800-53-r5: [AC-6]
#     pci-dss-4: ["7.2.2"]
#     aws-guard-rules-registry: [iam/iam_role_no_allow_plus_not_action_on_trust_policy]
#   witnesses:
#     - "*"
#     - "sts:*"
#     - '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:*"}}'
package guardhook.iam.trust_action

import data.guardhook.lib.iam

deny contains finding if {
	some statement in iam.statements(
		["AssumeRolePolicyDocument"],
		input.resource.properties.AssumeRolePolicyDocument,
	)
	iam.allows(statement.body)
	not iam.restricted(statement.body)
	some path in every_sts_action(statement.body)
	finding := {
		"path": iam.place(statement, path),
		"message": "The trust policy allows every action of sts.",
	}
}

every_sts_action(body) := {item.path |
	some item in iam.items(body, "Action")
	action := lower(item.value)
	all_of_sts(action)
} if {
	not body.NotAction
}

every_sts_action(body) := {["NotAction"]} if body.NotAction

all_of_sts(action) if iam.any_action(action)

all_of_sts(action) if {
	iam.service_wildcard(action)
	iam.matches(split(action, ":")[0], "sts")
}
