package guardhook.hooks.hook_own_stack_test

import data.guardhook.hooks.hook_own_stack as rule

hook(properties) := {"resource": {"type": "AWS::CloudFormation::LambdaHook", "properties": properties}}

configuration(text) := {"resource": {
	"type": "AWS::CloudFormation::HookTypeConfig",
	"properties": {"Configuration": text},
}}

settings(values) := configuration(json.marshal({"CloudFormationConfiguration": {"HookConfiguration": values}}))

finding(path) := {
	"path": path,
	"message": "The hook judges every stack, its own included: none is excluded by name.",
}

test_every_stack[name] if {
	some name, properties in {
		"missing": {},
		"no names": {"StackFilters": {"FilteringCriteria": "ALL"}},
		"empty": {"StackFilters": {"StackNames": {"Exclude": [], "Include": []}}},
	}
	rule.deny == {finding(["StackFilters", "StackNames", "Exclude"])} with input as hook(properties)
	rule.deny == {finding(["Configuration"])} with input as settings(properties)
}

test_by_name[kind] if {
	some kind in ["Exclude", "Include"]
	properties := {"StackFilters": {"StackNames": {kind: ["${AWS::StackName}"]}}}
	rule.deny == set() with input as hook(properties)
	rule.deny == set() with input as settings(properties)
}

test_other_text if {
	rule.deny == set() with input as configuration("")
}
