package guardhook.hooks.hook_enforced_test

import data.guardhook.hooks.hook_enforced as rule

hook(properties) := {"resource": {"type": "AWS::CloudFormation::LambdaHook", "properties": properties}}

configuration(text) := {"resource": {
	"type": "AWS::CloudFormation::HookTypeConfig",
	"properties": {"Configuration": text},
}}

settings(values) := configuration(json.marshal({"CloudFormationConfiguration": {"HookConfiguration": values}}))

lets_pass(name) := {"path": [name], "message": "The hook lets pass what it refuses: FailureMode is not FAIL."}

not_invoked := {
	"path": ["Configuration"],
	"message": "The hook is not asked: HookInvocationStatus is not ENABLED.",
}

test_lets_pass[name] if {
	some name, mode in {"warn": {"FailureMode": "WARN"}, "missing": {}, "unknown": {"FailureMode": "${Mode}"}}
	properties := object.union({"HookStatus": "ENABLED"}, mode)
	rule.deny == {lets_pass("FailureMode")} with input as hook(properties)
	values := object.union({"HookInvocationStatus": "ENABLED"}, mode)
	rule.deny == {lets_pass("Configuration")} with input as settings(values)
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

test_not_invoked[name] if {
	some name, values in {
		"disabled": {"FailureMode": "FAIL", "HookInvocationStatus": "DISABLED"},
		"missing": {"FailureMode": "FAIL"},
		"for no stack": {"FailureMode": "FAIL", "TargetStacks": "NONE"},
	}
	rule.deny == {not_invoked} with input as settings(values)
}

test_enforced if {
	rule.deny == set() with input as hook({"FailureMode": "FAIL", "HookStatus": "ENABLED"})
	rule.deny == set() with input as settings({"FailureMode": "FAIL", "HookInvocationStatus": "ENABLED"})
	rule.deny == set() with input as settings({"FailureMode": "FAIL", "TargetStacks": "ALL"})
}

# CloudFormation refuses the first; the second configures no hook.
test_other_text[text] if {
	some text in ["", `{"CloudFormationConfiguration": {}}`]
	rule.deny == set() with input as configuration(text)
}
