# METADATA
# title: Hook stops what it refuses
# description: >-
#   With the failure mode WARN a hook lets everything pass, also where the hook itself breaks. A hook
#   that is disabled is not asked at all.
# related_resources:
#   - https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-concepts.html
# custom:
#   id: HOOK_ENFORCED
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::CloudFormation::LambdaHook", "AWS::CloudFormation::GuardHook"]
#   remediation: Set FailureMode to FAIL and HookStatus to ENABLED.
#   controls:
#     nist-800-53-r5: [CM-3, CM-6, SI-17]
package guardhook.hooks.hook_enforced

deny contains finding if {
	not input.resource.properties.FailureMode == "FAIL"
	finding := {
		"path": ["FailureMode"],
		"message": "The hook lets pass what it refuses: FailureMode is not FAIL.",
	}
}

deny contains finding if {
	not input.resource.properties.HookStatus == "ENABLED"
	finding := {
		"path": ["HookStatus"],
		"message": "The hook is not asked: HookStatus is not ENABLED.",
	}
}
