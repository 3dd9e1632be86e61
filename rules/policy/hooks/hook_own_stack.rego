# METADATA
# title: Hook does not judge its own stack
# description: >-
#   A hook that fails also for the stack that it comes from cannot be repaired by an update of that
#   stack. So the stack has to be excluded, or the hook be limited to stacks by name.
# related_resources:
#   - https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-stack-level-filters.html
# custom:
#   id: HOOK_OWN_STACK
#   severity: MEDIUM
#   scope: resource
#   resource_types:
#     - AWS::CloudFormation::LambdaHook
#     - AWS::CloudFormation::GuardHook
#     - AWS::CloudFormation::HookTypeConfig
#   remediation: Add the name of the stack of the hook to StackFilters.StackNames.Exclude.
#   controls:
#     nist-800-53-r5: [CM-3, CP-10]
#   witnesses: ["{}", ""]
package guardhook.hooks.hook_own_stack

import data.guardhook.lib.hook

deny contains finding if {
	not configured
	not input.resource.properties.StackFilters.StackNames.Exclude[0]
	not input.resource.properties.StackFilters.StackNames.Include[0]
	finding := {
		"path": ["StackFilters", "StackNames", "Exclude"],
		"message": "The hook judges every stack, its own included: none is excluded by name.",
	}
}

deny contains finding if {
	configured
	hook.settings
	not hook.settings.StackFilters.StackNames.Exclude[0]
	not hook.settings.StackFilters.StackNames.Include[0]
	finding := {
		"path": ["Configuration"],
		"message": "The hook judges every stack, its own included: none is excluded by name.",
	}
}

configured if input.resource.type == "AWS::CloudFormation::HookTypeConfig"
