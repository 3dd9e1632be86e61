# METADATA
# title: SageMaker endpoint encrypted with a key of the account
# description: >-
#   Models and requests are stored on the volumes of an endpoint's instances. Without KmsKeyId they are
#   encrypted with a key that nobody in the account can restrict or revoke. Instance types with local
#   storage encrypt it in hardware and take no key.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
#   - https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
# custom:
#   id: SAGEMAKER_ENDPOINT_KMS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::EndpointConfig"]
#   remediation: >-
#     Set KmsKeyId to a key of the account. Give variants whose instance type has local storage an
#     endpoint configuration of their own, since SageMaker refuses a key there.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_sagemaker/sagemaker_endpoint_configuration_kms_key_configured]
#   witnesses: [ml.m5.large]
package guardhook.sagemaker.endpoint_kms

import data.guardhook.lib.sagemaker
import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.KmsKeyId)

local if {
	some i
	sagemaker.local_storage(input.resource.properties.ProductionVariants[i].InstanceType)
}

attached if {
	some i
	instance_type := input.resource.properties.ProductionVariants[i].InstanceType
	not sagemaker.local_storage(instance_type)
}

attached if {
	some i
	value.is_set(input.resource.properties.ProductionVariants[i].ServerlessConfig)
}

attached if {
	some i
	instance_type := input.resource.properties.ShadowProductionVariants[i].InstanceType
	not sagemaker.local_storage(instance_type)
}

hardware_encrypts if {
	local
	not attached
}

deny contains finding if {
	not keyed
	not hardware_encrypts
	finding := {
		"path": ["KmsKeyId"],
		"message": "The endpoint is not encrypted with a KMS key of the account.",
	}
}
