package guardhook.hooks.hook_alias_test

import data.guardhook.hooks.hook_alias as rule

hook(properties) := {"resource": {"type": "AWS::CloudFormation::LambdaHook", "properties": properties}}

test_invalid[alias] if {
	some alias in [
		"", "Example", "Example::Guard", "Example::Guard::Hook::Two", "Ex-ample::Guard::Hook", "E::Guard::Hook",
		"AWS::Guard::Hook", "awsome::Guard::Hook", "Example:Guard:Hook", "Example::Guard::Hook ",
		"Ex-${Stage}::Guard::Hook", "AWS${Stage}::Guard::Hook",
	]
	rule.deny == {{
		"path": ["Alias"],
		"message": "The alias is not of the form Organization::Service::Hook, or begins with AWS.",
	}} with input as hook({"Alias": alias})
}

test_missing if {
	count(rule.deny) == 1 with input as hook({})
}

test_valid[alias] if {
	some alias in [
		"Example::Guard::Hook", "Example1::Guard2::Hook3", "ClawsAWS::Guard::AWS",
		"Ex${Stage}::Guard::Hook", "${Organization}::Guard::Hook${AWS::AccountId}", "${Alias}",
	]
	rule.deny == set() with input as hook({"Alias": alias})
}
