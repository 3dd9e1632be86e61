package guardhook.lambda.tracing_test

import data.guardhook.lambda.tracing as rule

function(properties) := {"resource": {"type": "AWS::Lambda::Function", "properties": properties}}

test_traced if {
	rule.deny == set() with input as function({"TracingConfig": {"Mode": "Active"}})
}

test_not_traced[name] if {
	some name, properties in {
		"default": {},
		"by the caller": {"TracingConfig": {"Mode": "PassThrough"}},
		"unknown": {"TracingConfig": {"Mode": "${Mode}"}},
	}
	rule.deny == {{
		"path": ["TracingConfig", "Mode"],
		"message": "Invocations of the function are not traced.",
	}} with input as function(properties)
}
