# METADATA
# title: SageMaker notebook encrypted with a key of the account
# description: >-
#   Data, code and results of a notebook stay on its volume. Without KmsKeyId the volume is encrypted
#   with a key that nobody in the account can restrict or revoke.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-nbi.html
# custom:
#   id: SAGEMAKER_NOTEBOOK_KMS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::NotebookInstance"]
#   remediation: Set KmsKeyId to a key of the account; the notebook instance is replaced.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_sagemaker/sagemaker_notebook_instance_kms_key_configured]
package guardhook.sagemaker.notebook_kms

import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.KmsKeyId)

deny contains finding if {
	not keyed
	finding := {
		"path": ["KmsKeyId"],
		"message": "The notebook's volume is not encrypted with a KMS key of the account.",
	}
}
