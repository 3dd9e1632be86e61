# METADATA
# title: Hook stops what it refuses
# description: >-
#   With the failure mode WARN a hook lets everything pass, also where the hook itself breaks. A hook
#   that is disabled is not asked at all. Both are how a hook is brought in, and no place to stay: raise
#   the level of this rule where hooks have to be in force.
# related_resources:
#   - https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-concepts.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-hooktypeconfig.html
# custom:
#   id: HOOK_ENFORCED
#   severity: LOW
#   scope: resource
#   resource_types:
#     - AWS::CloudFormation::LambdaHook
#     - AWS::CloudFormation::GuardHook
#     - AWS::CloudFormation::HookTypeConfig
#   remediation: >-
#     When the results of the hook show nothing that should have passed, set FailureMode to FAIL and
#     HookStatus (HookInvocationStatus in a type configuration) to ENABLED.
#   controls:
#     nist-800-53-r5: [CM-3, CM-6, SI-17]
#   witnesses: [WARN, DISABLED, ""]
package guardhook.hooks.hook_enforced

import data.guardhook.lib.hook

deny contains finding if {
	not configured
	not input.resource.properties.FailureMode == "FAIL"
	finding := {
		"path": ["FailureMode"],
		"message": "The hook lets pass what it refuses: FailureMode is not FAIL.",
	}
}

deny contains finding if {
	not configured
	not input.resource.properties.HookStatus == "ENABLED"
	finding := {
		"path": ["HookStatus"],
		"message": "The hook is not asked: HookStatus is not ENABLED.",
	}
}

deny contains finding if {
	configured
	hook.settings
	not hook.settings.FailureMode == "FAIL"
	finding := {
		"path": ["Configuration"],
		"message": "The hook lets pass what it refuses: FailureMode is not FAIL.",
	}
}

deny contains finding if {
	configured
	hook.settings
	not asked
	finding := {
		"path": ["Configuration"],
		"message": "The hook is not asked: HookInvocationStatus is not ENABLED.",
	}
}

configured if input.resource.type == "AWS::CloudFormation::HookTypeConfig"

asked if hook.settings.HookInvocationStatus == "ENABLED"

# The older form of the same.
asked if hook.settings.TargetStacks == "ALL"
