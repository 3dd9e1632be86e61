# METADATA
# title: Role of a hook does what the hook needs
# description: >-
#   CloudFormation takes the execution role of a hook in every operation of the account. A Lambda hook
#   needs to invoke its function; a Guard hook to read its rules and to write its reports. The rule looks
#   at the policies that the template gives to the role.
# related_resources:
#   - https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks.html
#   - https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/guard-hooks.html
# custom:
#   id: HOOK_ROLE
#   severity: MEDIUM
#   scope: template
#   resource_types:
#     - AWS::CloudFormation::LambdaHook
#     - AWS::CloudFormation::GuardHook
#     - AWS::IAM::Role
#     - AWS::IAM::Policy
#     - AWS::IAM::ManagedPolicy
#     - AWS::IAM::RolePolicy
#   remediation: >-
#     Allow lambda:InvokeFunction on the function (Lambda hook), or s3:GetObject, s3:GetObjectVersion and
#     s3:ListBucket on the rules and s3:PutObject on the reports (Guard hook), with kms:Decrypt and
#     kms:GenerateDataKey on their keys.
#   controls: {nist-800-53-r5: [AC-3, AC-6], pci-dss-4: ["7.2.1", "7.2.2"]}
#   witnesses: ["*", "lambda:*", "arn:aws:iam::aws:policy/ReadOnlyAccess"]
package guardhook.hooks.hook_role

import data.guardhook.lib.iam

# What a hook of a type needs, in lower case.
purposes := {
	"AWS::CloudFormation::LambdaHook": {"lambda:invokefunction"},
	"AWS::CloudFormation::GuardHook": {
		"s3:getobject", "s3:getobjectversion", "s3:listbucket", "s3:putobject",
		"kms:decrypt", "kms:generatedatakey",
	},
}

# Most templates with roles have no hook: nothing of their policies is read then.
relevant if {
	some hook
	input.template.resources[hook].type in object.keys(purposes)
}

# Actions by role. A role may serve several hooks.
needed[role] contains action if {
	some role
	input.template.resources[role].type == "AWS::IAM::Role"
	some hook
	input.template.resources[hook].properties.ExecutionRole == sprintf("${%s.Arn}", [role])
	some action in purposes[input.template.resources[hook].type]
}

grants contains grant if {
	some role
	needed[role]
	some i
	document := input.template.resources[role].properties.Policies[i].PolicyDocument
	some statement in iam.statements(["Policies", i, "PolicyDocument"], document)
	iam.allows(statement.body)
	grant := {"role": role, "resource": role, "statement": statement}
}

grants contains grant if {
	some role
	needed[role]
	some policy
	given(policy, role)
	document := input.template.resources[policy].properties.PolicyDocument
	some statement in iam.statements(["PolicyDocument"], document)
	iam.allows(statement.body)
	grant := {"role": role, "resource": policy, "statement": statement}
}

given(policy, role) if input.template.resources[policy].properties.RoleName == sprintf("${%s}", [role])

given(policy, role) if sprintf("${%s}", [role]) in input.template.resources[policy].properties.Roles

deny contains finding if {
	relevant
	some grant in grants
	some path in excess(grant.statement.body, needed[grant.role])
	finding := {
		"resource": grant.resource,
		"path": iam.place(grant.statement, path),
		"message": "The role of a hook is allowed an action that the hook does not need.",
	}
}

deny contains finding if {
	relevant
	some grant in grants
	some path in everywhere(grant.statement.body)
	finding := {
		"resource": grant.resource,
		"path": iam.place(grant.statement, path),
		"message": "The role of a hook is allowed its actions everywhere, and not on what the hook uses.",
	}
}

deny contains finding if {
	relevant
	some role
	needed[role]
	some i
	contains(input.template.resources[role].properties.ManagedPolicyArns[i], ":iam::aws:policy/")
	finding := {
		"resource": role,
		"path": ["ManagedPolicyArns", i],
		"message": "The role of a hook has an AWS managed policy, which allows more than the hook needs.",
	}
}

excess(body, actions) := {item.path |
	some item in iam.items(body, "Action")
	not lower(item.value) in actions
} if {
	not body.NotAction
}

excess(body, _) := {["NotAction"]} if body.NotAction

everywhere(body) := {item.path |
	some item in iam.items(body, "Resource")
	wide(item.value)
} if {
	not body.NotResource
}

everywhere(body) := {["NotResource"]} if body.NotResource

wide(resource) if iam.any_resource(resource)

wide(resource) if regex.match(`^(function:|key/)?[*?]*\*[*?:/]*$`, iam.arn(resource).name)
