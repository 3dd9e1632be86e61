package guardhook.sagemaker.endpoint_kms_test

import data.guardhook.sagemaker.endpoint_kms as rule

configuration(properties) := {"resource": {"type": "AWS::SageMaker::EndpointConfig", "properties": properties}}

variants(types) := [{"VariantName": "v", "InstanceType": instance_type} | some instance_type in types]

test_pass[name] if {
	some name, properties in {
		"key": {"KmsKeyId": "${Key}", "ProductionVariants": variants(["ml.m5.large"])},
		"local storage": {"ProductionVariants": variants(["ml.g5.xlarge", "ml.g4dn.xlarge"])},
		"local storage in the shadow": {
			"ProductionVariants": variants(["ml.g5.xlarge"]),
			"ShadowProductionVariants": variants(["ml.g6.xlarge"]),
		},
	}
	rule.deny == set() with input as configuration(properties)
}

test_fail[name] if {
	some name, properties in {
		"nothing": {},
		"empty key": {"KmsKeyId": "", "ProductionVariants": variants(["ml.m5.large"])},
		"no key": {"ProductionVariants": variants(["ml.m5.large"])},
		"open type": {"ProductionVariants": variants(["${InstanceType}"])},
		"one with a volume": {"ProductionVariants": variants(["ml.g5.xlarge", "ml.m5.large"])},
		"serverless": {"ProductionVariants": [{"VariantName": "v", "ServerlessConfig": {"MaxConcurrency": 5}}]},
		"serverless beside local storage": {"ProductionVariants": array.concat(
			variants(["ml.g5.xlarge"]),
			[{"VariantName": "w", "ServerlessConfig": {"MaxConcurrency": 5}}],
		)},
		"shadow with a volume": {
			"ProductionVariants": variants(["ml.g5.xlarge"]),
			"ShadowProductionVariants": variants(["ml.m5.large"]),
		},
	}
	rule.deny == {{
		"path": ["KmsKeyId"],
		"message": "The endpoint is not encrypted with a KMS key of the account.",
	}} with input as configuration(properties)
}
