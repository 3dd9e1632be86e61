package guardhook.lib.hook_test

import data.guardhook.lib.hook

of(text) := {"resource": {"type": "AWS::CloudFormation::HookTypeConfig", "properties": {"Configuration": text}}}

test_settings if {
	whole := `{"CloudFormationConfiguration": {"HookConfiguration": {"FailureMode": "FAIL"}}}`
	hook.settings == {"FailureMode": "FAIL"} with input as of(whole)
}

test_unknown_parts if {
	whole := `{"CloudFormationConfiguration": {"HookConfiguration": {"FailureMode": "${Mode}", "X": ${Settings}}}}`
	hook.settings == {"FailureMode": "0", "X": 0} with input as of(whole)
}

test_no_settings[text] if {
	some text in ["", "{", "[]", "1", "{}", `{"CloudFormationConfiguration": "FAIL"}`]
	not hook.settings with input as of(text)
}

test_no_configuration if {
	not hook.settings with input as {"resource": {"properties": {"FailureMode": "FAIL"}}}
}
