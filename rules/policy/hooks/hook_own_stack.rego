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
#   resource_types: ["AWS::CloudFormation::LambdaHook", "AWS::CloudFormation::GuardHook"]
#   remediation: Add the name of the stack of the hook to StackFilters.StackNames.Exclude.
#   controls:
#     nist-800-53-r5: [CM-3, CP-10]
package guardhook.hooks.hook_own_stack

deny contains finding if {
	not input.resource.properties.StackFilters.StackNames.Exclude[0]
	not input.resource.properties.StackFilters.StackNames.Include[0]
	finding := {
		"path": ["StackFilters", "StackNames", "Exclude"],
		"message": "The hook judges every stack, its own included: none is excluded by name.",
	}
}
