# METADATA
# title: SageMaker model in a VPC
# description: >-
#   The containers of a model without VpcConfig use a network of SageMaker: security groups, endpoint
#   policies and flow logs of the account do not apply to them.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
# custom:
#   id: SAGEMAKER_MODEL_VPC
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::Model"]
#   remediation: Set VpcConfig with private Subnets and SecurityGroupIds.
#   controls:
#     nist-800-53-r5: [AC-4, SC-7]
package guardhook.sagemaker.model_vpc

import data.guardhook.lib.value

subnets if value.nonempty(input.resource.properties.VpcConfig.Subnets)

groups if value.nonempty(input.resource.properties.VpcConfig.SecurityGroupIds)

deny contains finding if {
	not subnets
	finding := {
		"path": ["VpcConfig", "Subnets"],
		"message": "The model is not placed in subnets of a VPC.",
	}
}

deny contains finding if {
	subnets
	not groups
	finding := {
		"path": ["VpcConfig", "SecurityGroupIds"],
		"message": "The model has no security group in its VPC.",
	}
}
