package guardhook.hooks.hook_own_stack_test

import data.guardhook.hooks.hook_own_stack as rule

hook(properties) := {"resource": {"type": "AWS::CloudFormation::LambdaHook", "properties": properties}}

test_every_stack[name] if {
	some name, properties in {
		"missing": {},
		"no names": {"StackFilters": {"FilteringCriteria": "ALL"}},
		"empty": {"StackFilters": {"StackNames": {"Exclude": [], "Include": []}}},
	}
	rule.deny == {{
		"path": ["StackFilters", "StackNames", "Exclude"],
		"message": "The hook judges every stack, its own included: none is excluded by name.",
	}} with input as hook(properties)
}

test_by_name[kind] if {
	some kind in ["Exclude", "Include"]
	rule.deny == set() with input as hook({"StackFilters": {"StackNames": {kind: ["${AWS::StackName}"]}}})
}
