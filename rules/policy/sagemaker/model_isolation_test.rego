package guardhook.sagemaker.model_isolation_test

import data.guardhook.sagemaker.model_isolation as rule

model(properties) := {"resource": {"type": "AWS::SageMaker::Model", "properties": properties}}

test_isolated if {
	rule.deny == set() with input as model({"EnableNetworkIsolation": true})
}

test_connected[name] if {
	some name, properties in {
		"missing": {},
		"false": {"EnableNetworkIsolation": false},
		"open": {"EnableNetworkIsolation": "${Isolate}"},
	}
	rule.deny == {{
		"path": ["EnableNetworkIsolation"],
		"message": "The model's containers are not isolated from the network.",
	}} with input as model(properties)
}
