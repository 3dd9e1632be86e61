# METADATA
# title: SageMaker job volumes encrypted with a key of the account
# description: >-
#   Processing, monitoring and transform jobs copy their input to volumes. Without VolumeKmsKeyId these
#   are encrypted with a key that nobody in the account can restrict or revoke. Instance types with
#   local storage encrypt it in hardware and take no key.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformResources.html
# custom:
#   id: SAGEMAKER_JOB_VOLUME_KMS
#   severity: MEDIUM
#   scope: resource
#   resource_types:
#     - AWS::SageMaker::ProcessingJob
#     - AWS::SageMaker::MonitoringSchedule
#     - AWS::SageMaker::DataQualityJobDefinition
#     - AWS::SageMaker::ModelBiasJobDefinition
#     - AWS::SageMaker::ModelExplainabilityJobDefinition
#     - AWS::SageMaker::ModelQualityJobDefinition
#     - AWS::SageMaker::ModelPackage
#   remediation: Set VolumeKmsKeyId to a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#   witnesses: [ml.m5.large]
package guardhook.sagemaker.job_volume_kms

import data.guardhook.lib.sagemaker
import data.guardhook.lib.value

message := "The volumes of the job are not encrypted with a KMS key of the account."

processing_keyed if value.nonempty(input.resource.properties.ProcessingResources.ClusterConfig.VolumeKmsKeyId)

definition_keyed if value.nonempty(input.resource.properties.JobResources.ClusterConfig.VolumeKmsKeyId)

schedule_keyed if value.nonempty(input.resource.properties.MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.VolumeKmsKeyId)

profile_keyed contains i if {
	some i
	value.nonempty(input.resource.properties.ValidationSpecification.ValidationProfiles[i].TransformJobDefinition.TransformResources.VolumeKmsKeyId)
}

deny contains finding if {
	instance_type := input.resource.properties.ProcessingResources.ClusterConfig.InstanceType
	not sagemaker.local_storage(instance_type)
	not processing_keyed
	finding := {
		"path": ["ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"],
		"message": message,
	}
}

deny contains finding if {
	instance_type := input.resource.properties.JobResources.ClusterConfig.InstanceType
	not sagemaker.local_storage(instance_type)
	not definition_keyed
	finding := {
		"path": ["JobResources", "ClusterConfig", "VolumeKmsKeyId"],
		"message": message,
	}
}

# A schedule that names a job definition has no cluster of its own.
deny contains finding if {
	instance_type := input.resource.properties.MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.InstanceType
	not sagemaker.local_storage(instance_type)
	not schedule_keyed
	finding := {
		"path": [
			"MonitoringScheduleConfig",
			"MonitoringJobDefinition",
			"MonitoringResources",
			"ClusterConfig",
			"VolumeKmsKeyId",
		],
		"message": message,
	}
}

deny contains finding if {
	some i
	instance_type := input.resource.properties.ValidationSpecification.ValidationProfiles[i].TransformJobDefinition.TransformResources.InstanceType
	not sagemaker.local_storage(instance_type)
	not i in profile_keyed
	finding := {
		"path": [
			"ValidationSpecification",
			"ValidationProfiles",
			i,
			"TransformJobDefinition",
			"TransformResources",
			"VolumeKmsKeyId",
		],
		"message": message,
	}
}
