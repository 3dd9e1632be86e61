package guardhook.sagemaker.notebook_kms_test

import data.guardhook.sagemaker.notebook_kms as rule

notebook(properties) := {"resource": {"type": "AWS::SageMaker::NotebookInstance", "properties": properties}}

test_key if {
	rule.deny == set() with input as notebook({"KmsKeyId": "${Key}"})
}

test_no_key[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"KmsKeyId": ""},
		"null": {"KmsKeyId": null},
	}
	rule.deny == {{
		"path": ["KmsKeyId"],
		"message": "The notebook's volume is not encrypted with a KMS key of the account.",
	}} with input as notebook(properties)
}
