package guardhook.hooks.hook_enforced_test

import data.guardhook.hooks.hook_enforced as rule

hook(properties) := {"resource": {"type": "AWS::CloudFormation::LambdaHook", "properties": properties}}

test_lets_pass[name] if {
	some name, properties in {
		"warn": {"FailureMode": "WARN", "HookStatus": "ENABLED"},
		"missing": {"HookStatus": "ENABLED"},
		"unknown": {"FailureMode": "${Mode}", "HookStatus": "ENABLED"},
	}
	rule.deny == {{
		"path": ["FailureMode"],
		"message": "The hook lets pass what it refuses: FailureMode is not FAIL.",
	}} with input as hook(properties)
}

test_not_asked[name] if {
	some name, properties in {
		"disabled": {"FailureMode": "FAIL", "HookStatus": "DISABLED"},
		"missing": {"FailureMode": "FAIL"},
	}
	rule.deny == {{
		"path": ["HookStatus"],
		"message": "The hook is not asked: HookStatus is not ENABLED.",
	}} with input as hook(properties)
}

test_enforced if {
	rule.deny == set() with input as hook({"FailureMode": "FAIL", "HookStatus": "ENABLED"})
}
