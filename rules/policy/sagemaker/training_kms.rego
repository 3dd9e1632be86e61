# METADATA
# title: SageMaker training and transform jobs encrypted with a key of the account
# description: >-
#   Training and batch transform jobs copy their input to volumes and write models or predictions to
#   S3. Without keys of the account, what reads them cannot be restricted or revoked by one.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformResources.html
# custom:
#   id: SAGEMAKER_TRAINING_KMS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::TrainingJob", "AWS::SageMaker::TransformJob"]
#   remediation: Set VolumeKmsKeyId of the resources and KmsKeyId of the output to keys of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#   witnesses: [ml.m5.large]
package guardhook.sagemaker.training_kms

import data.guardhook.lib.sagemaker
import data.guardhook.lib.value

volume := "The volumes of the job are not encrypted with a KMS key of the account."

output := "The results of the job are not encrypted with a KMS key of the account."

training_volume_keyed if value.nonempty(input.resource.properties.ResourceConfig.VolumeKmsKeyId)

training_output_keyed if value.nonempty(input.resource.properties.OutputDataConfig.KmsKeyId)

transform_volume_keyed if value.nonempty(input.resource.properties.TransformResources.VolumeKmsKeyId)

transform_output_keyed if value.nonempty(input.resource.properties.TransformOutput.KmsKeyId)

# Instance types with local storage encrypt it in hardware, and take no key.
deny contains finding if {
	not sagemaker.local_storage(input.resource.properties.ResourceConfig.InstanceType)
	not training_volume_keyed
	finding := {"path": ["ResourceConfig", "VolumeKmsKeyId"], "message": volume}
}

deny contains finding if {
	instance_type := input.resource.properties.ResourceConfig.InstanceGroups[_].InstanceType
	not sagemaker.local_storage(instance_type)
	not training_volume_keyed
	finding := {"path": ["ResourceConfig", "VolumeKmsKeyId"], "message": volume}
}

deny contains finding if {
	not sagemaker.local_storage(input.resource.properties.TransformResources.InstanceType)
	not transform_volume_keyed
	finding := {"path": ["TransformResources", "VolumeKmsKeyId"], "message": volume}
}

deny contains finding if {
	input.resource.type == "AWS::SageMaker::TrainingJob"
	not training_output_keyed
	finding := {"path": ["OutputDataConfig", "KmsKeyId"], "message": output}
}

deny contains finding if {
	input.resource.type == "AWS::SageMaker::TransformJob"
	not transform_output_keyed
	finding := {"path": ["TransformOutput", "KmsKeyId"], "message": output}
}
