package guardhook.sagemaker.component_configuration_test

import data.guardhook.sagemaker.component_configuration as rule

configuration(properties) := {"resource": {"type": "AWS::SageMaker::EndpointConfig", "properties": properties}}

with_role(variants) := configuration({"ExecutionRoleArn": "${Role.Arn}", "ProductionVariants": variants})

scaling := {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 2}

routing := {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}

good := {"VariantName": "v", "ManagedInstanceScaling": scaling, "RoutingConfig": routing}

model := {"VariantName": "m", "ModelName": "${Model.ModelName}", "InitialVariantWeight": 1}

test_pass[name] if {
	some name, document in {
		"component": with_role([good]),
		"model": configuration({"ProductionVariants": [model]}),
		"model with role": with_role([model]),
		"empty model": configuration({"ProductionVariants": [object.union(model, {"ModelName": ""})]}),
		"no variants": configuration({}),
	}
	rule.deny == set() with input as document
}

test_role if {
	every properties in [{"ProductionVariants": [good]}, {"ExecutionRoleArn": "", "ProductionVariants": [model, good]}] {
		rule.deny == {{
			"path": ["ExecutionRoleArn"],
			"message": "A configuration for inference components needs an execution role of its own.",
		}} with input as configuration(properties)
	}
}

test_model if {
	rule.deny == {{
		"path": ["ProductionVariants", 1, "ModelName"],
		"message": "A variant with managed instance scaling hosts inference components, and takes no model.",
	}} with input as with_role([good, object.union(good, {"ModelName": "${Model.ModelName}"})])
}

test_weight if {
	every weight in [0, 1] {
		rule.deny == {{
			"path": ["ProductionVariants", 0, "InitialVariantWeight"],
			"message": "A variant for inference components takes no weight.",
		}} with input as with_role([object.union(good, {"InitialVariantWeight": weight})])
	}
}

test_scaling if {
	every settings in [{}, {"ManagedInstanceScaling": {}}, {"ManagedInstanceScaling": {"Status": "DISABLED"}}] {
		rule.deny == {{
			"path": ["ProductionVariants", 0, "ManagedInstanceScaling", "Status"],
			"message": "The instances of the variant do not follow the demand of its inference components.",
		}} with input as with_role([object.union({"VariantName": "v", "RoutingConfig": routing}, settings)])
	}
}

test_routing if {
	every settings in [{}, {"RoutingConfig": {}}, {"RoutingConfig": {"RoutingStrategy": ""}}] {
		rule.deny == {{
			"path": ["ProductionVariants", 0, "RoutingConfig", "RoutingStrategy"],
			"message": "The variant does not say how requests are routed to copies of inference components.",
		}} with input as with_role([object.union({"VariantName": "v", "ManagedInstanceScaling": scaling}, settings)])
	}
}
