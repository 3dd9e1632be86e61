package guardhook.stepfunctions.tracing_test

import data.guardhook.stepfunctions.tracing as rule

machine(properties) := {"resource": {"type": "AWS::StepFunctions::StateMachine", "properties": properties}}

test_off[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"TracingConfiguration": {}},
		"false": {"TracingConfiguration": {"Enabled": false}},
		"text": {"TracingConfiguration": {"Enabled": "${Trace}"}},
	}
	rule.deny == {{
		"path": ["TracingConfiguration", "Enabled"],
		"message": "Executions of the state machine are not traced.",
	}} with input as machine(properties)
}

test_on if {
	rule.deny == set() with input as machine({"TracingConfiguration": {"Enabled": true}})
}
