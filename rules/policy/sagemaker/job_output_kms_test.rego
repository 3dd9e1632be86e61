package guardhook.sagemaker.job_output_kms_test

import data.guardhook.sagemaker.job_output_kms as rule

message := "The results of the job are not encrypted with a KMS key of the account."

document(type, properties) := {"resource": {"type": type, "properties": properties}}

definitions := {
	"AWS::SageMaker::DataQualityJobDefinition": "DataQualityJobOutputConfig",
	"AWS::SageMaker::ModelBiasJobDefinition": "ModelBiasJobOutputConfig",
	"AWS::SageMaker::ModelExplainabilityJobDefinition": "ModelExplainabilityJobOutputConfig",
	"AWS::SageMaker::ModelQualityJobDefinition": "ModelQualityJobOutputConfig",
}

test_definition_keyed if {
	every type, output in definitions {
		rule.deny == set() with input as document(type, {output: {"KmsKeyId": "${Key}"}})
	}
}

test_definition_not_keyed if {
	every type, output in definitions {
		every properties in [{}, {output: {}}, {output: {"KmsKeyId": ""}}] {
			rule.deny == {{"path": [output, "KmsKeyId"], "message": message}} with input as document(type, properties)
		}
	}
}

outputs := [{"S3Output": {"S3Uri": "s3://reports"}}]

processing(output) := document("AWS::SageMaker::ProcessingJob", {"ProcessingOutputConfig": output})

test_processing if {
	rule.deny == set() with input as document("AWS::SageMaker::ProcessingJob", {})
	rule.deny == set() with input as processing({"Outputs": []})
	rule.deny == set() with input as processing({"Outputs": outputs, "KmsKeyId": "${Key}"})
	every output in [{"Outputs": outputs}, {"Outputs": outputs, "KmsKeyId": ""}] {
		rule.deny == {{
			"path": ["ProcessingOutputConfig", "KmsKeyId"],
			"message": message,
		}} with input as processing(output)
	}
}

schedule(definition) := document(
	"AWS::SageMaker::MonitoringSchedule",
	{"MonitoringScheduleConfig": {"MonitoringJobDefinition": definition}},
)

test_schedule if {
	rule.deny == set() with input as document(
		"AWS::SageMaker::MonitoringSchedule",
		{"MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "${Definition}"}},
	)
	rule.deny == set() with input as schedule({"MonitoringOutputConfig": {
		"MonitoringOutputs": outputs,
		"KmsKeyId": "${Key}",
	}})
	rule.deny == {{
		"path": ["MonitoringScheduleConfig", "MonitoringJobDefinition", "MonitoringOutputConfig", "KmsKeyId"],
		"message": message,
	}} with input as schedule({"MonitoringOutputConfig": {"MonitoringOutputs": outputs}})
}

test_package if {
	profiles := [{"TransformJobDefinition": {"TransformOutput": output}} |
		some output in [
			{"S3OutputPath": "s3://out", "KmsKeyId": "${Key}"},
			{"S3OutputPath": "s3://out"},
		]
	]
	rule.deny == {{
		"path": [
			"ValidationSpecification",
			"ValidationProfiles",
			1,
			"TransformJobDefinition",
			"TransformOutput",
			"KmsKeyId",
		],
		"message": message,
	}} with input as document(
		"AWS::SageMaker::ModelPackage",
		{"ValidationSpecification": {"ValidationProfiles": profiles}},
	)
}
