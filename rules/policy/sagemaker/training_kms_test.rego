package guardhook.sagemaker.training_kms_test

import data.guardhook.sagemaker.training_kms as rule

key := "arn:aws:kms:eu-west-1:111122223333:key/k"

training(resources, output) := {"resource": {
	"type": "AWS::SageMaker::TrainingJob",
	"properties": {"ResourceConfig": resources, "OutputDataConfig": output},
}}

transform(resources, output) := {"resource": {
	"type": "AWS::SageMaker::TransformJob",
	"properties": {"TransformResources": resources, "TransformOutput": output},
}}

test_keyed if {
	rule.deny == set() with input as training({"InstanceType": "ml.m5.large", "VolumeKmsKeyId": key}, {"KmsKeyId": key})
	rule.deny == set() with input as transform({"InstanceType": "ml.m5.large", "VolumeKmsKeyId": key}, {"KmsKeyId": key})
}

test_local_storage if {
	rule.deny == set() with input as training({"InstanceType": "ml.g5.xlarge"}, {"KmsKeyId": key})
	rule.deny == set() with input as training({"InstanceGroups": [{"InstanceType": "ml.g5.xlarge"}]}, {"KmsKeyId": key})
	rule.deny == set() with input as transform({"InstanceType": "ml.g5.xlarge"}, {"KmsKeyId": key})
}

test_training_volume[name] if {
	some name, resources in {
		"missing": {"InstanceType": "ml.m5.large"},
		"empty": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": ""},
		"groups": {"InstanceGroups": [{"InstanceType": "ml.g5.xlarge"}, {"InstanceType": "ml.m5.large"}]},
	}
	denied := rule.deny with input as training(resources, {"KmsKeyId": key})
	denied == {{"path": ["ResourceConfig", "VolumeKmsKeyId"], "message": rule.volume}}
}

test_transform_volume if {
	denied := rule.deny with input as transform({"InstanceType": "ml.m5.large"}, {"KmsKeyId": key})
	denied == {{"path": ["TransformResources", "VolumeKmsKeyId"], "message": rule.volume}}
}

test_output if {
	trained := rule.deny with input as training({"InstanceType": "ml.g5.xlarge"}, {})
	trained == {{"path": ["OutputDataConfig", "KmsKeyId"], "message": rule.output}}
	transformed := rule.deny with input as transform({"InstanceType": "ml.g5.xlarge"}, {"KmsKeyId": ""})
	transformed == {{"path": ["TransformOutput", "KmsKeyId"], "message": rule.output}}
}
