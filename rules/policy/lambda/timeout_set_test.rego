package guardhook.lambda.timeout_set_test

import data.guardhook.lambda.timeout_set as rule

function(properties) := {"resource": {"type": "AWS::Lambda::Function", "properties": properties}}

test_missing if {
	rule.deny == {{"path": ["Timeout"], "message": "The function has no Timeout."}} with input as function({})
}

test_set[timeout] if {
	some timeout in [0, 1, 900, "${Timeout}"]
	rule.deny == set() with input as function({"Timeout": timeout})
}
