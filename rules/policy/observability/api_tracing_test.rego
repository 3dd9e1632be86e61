package guardhook.observability.api_tracing_test

import data.guardhook.observability.api_tracing as rule

stage(properties) := {"resource": {"type": "AWS::ApiGateway::Stage", "properties": properties}}

test_traced if {
	rule.deny == set() with input as stage({"TracingEnabled": true})
}

test_not_traced[name] if {
	some name, properties in {
		"default": {},
		"off": {"TracingEnabled": false},
		"unknown": {"TracingEnabled": "${Trace}"},
	}
	rule.deny == {{
		"path": ["TracingEnabled"],
		"message": "Requests to the stage are not traced.",
	}} with input as stage(properties)
}
