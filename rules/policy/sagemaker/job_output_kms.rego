# METADATA
# title: SageMaker job results encrypted with a key of the account
# description: >-
#   Results and reports of a job are derived from its input and as sensitive. Without KmsKeyId SageMaker
#   writes them with whatever key is the default for S3.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingOutputConfig.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformOutput.html
# custom:
#   id: SAGEMAKER_JOB_OUTPUT_KMS
#   severity: LOW
#   scope: resource
#   resource_types:
#     - AWS::SageMaker::ProcessingJob
#     - AWS::SageMaker::MonitoringSchedule
#     - AWS::SageMaker::DataQualityJobDefinition
#     - AWS::SageMaker::ModelBiasJobDefinition
#     - AWS::SageMaker::ModelExplainabilityJobDefinition
#     - AWS::SageMaker::ModelQualityJobDefinition
#     - AWS::SageMaker::ModelPackage
#   remediation: Set KmsKeyId of the output configuration to a key that the job's role may use.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.sagemaker.job_output_kms

import data.guardhook.lib.value

message := "The results of the job are not encrypted with a KMS key of the account."

# The property of a job definition that says where its results go.
outputs := {
	"AWS::SageMaker::DataQualityJobDefinition": "DataQualityJobOutputConfig",
	"AWS::SageMaker::ModelBiasJobDefinition": "ModelBiasJobOutputConfig",
	"AWS::SageMaker::ModelExplainabilityJobDefinition": "ModelExplainabilityJobOutputConfig",
	"AWS::SageMaker::ModelQualityJobDefinition": "ModelQualityJobOutputConfig",
}

definition_keyed if value.nonempty(input.resource.properties.DataQualityJobOutputConfig.KmsKeyId)

definition_keyed if value.nonempty(input.resource.properties.ModelBiasJobOutputConfig.KmsKeyId)

definition_keyed if value.nonempty(input.resource.properties.ModelExplainabilityJobOutputConfig.KmsKeyId)

definition_keyed if value.nonempty(input.resource.properties.ModelQualityJobOutputConfig.KmsKeyId)

processing_keyed if value.nonempty(input.resource.properties.ProcessingOutputConfig.KmsKeyId)

schedule_keyed if value.nonempty(input.resource.properties.MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringOutputConfig.KmsKeyId)

profile_keyed contains i if {
	some i
	value.nonempty(input.resource.properties.ValidationSpecification.ValidationProfiles[i].TransformJobDefinition.TransformOutput.KmsKeyId)
}

deny contains finding if {
	not definition_keyed
	finding := {
		"path": [outputs[input.resource.type], "KmsKeyId"],
		"message": message,
	}
}

# A processing job may have no output.
deny contains finding if {
	value.nonempty(input.resource.properties.ProcessingOutputConfig.Outputs)
	not processing_keyed
	finding := {
		"path": ["ProcessingOutputConfig", "KmsKeyId"],
		"message": message,
	}
}

# A schedule that names a job definition has no output of its own.
deny contains finding if {
	value.nonempty(input.resource.properties.MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringOutputConfig.MonitoringOutputs)
	not schedule_keyed
	finding := {
		"path": ["MonitoringScheduleConfig", "MonitoringJobDefinition", "MonitoringOutputConfig", "KmsKeyId"],
		"message": message,
	}
}

deny contains finding if {
	some i
	input.resource.properties.ValidationSpecification.ValidationProfiles[i].TransformJobDefinition.TransformOutput.S3OutputPath
	not i in profile_keyed
	finding := {
		"path": [
			"ValidationSpecification",
			"ValidationProfiles",
			i,
			"TransformJobDefinition",
			"TransformOutput",
			"KmsKeyId",
		],
		"message": message,
	}
}
