# METADATA
# title: SageMaker model isolated from the network
# description: >-
#   A model's container runs code that came with the model. With network isolation it cannot make or
#   accept connections, nor take the credentials of its role; SageMaker loads the model for it.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
# custom:
#   id: SAGEMAKER_MODEL_ISOLATION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::Model"]
#   remediation: Set EnableNetworkIsolation to true.
#   controls:
#     nist-800-53-r5: [AC-4, SC-7]
package guardhook.sagemaker.model_isolation

deny contains finding if {
	not input.resource.properties.EnableNetworkIsolation == true
	finding := {
		"path": ["EnableNetworkIsolation"],
		"message": "The model's containers are not isolated from the network.",
	}
}
