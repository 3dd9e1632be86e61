# METADATA
# title: SageMaker notebook without direct internet access
# description: >-
#   By default a notebook reaches the internet through a network of SageMaker, past the controls and
#   logs of the account's own VPC.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html
# custom:
#   id: SAGEMAKER_NOTEBOOK_INTERNET
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SageMaker::NotebookInstance"]
#   remediation: Set DirectInternetAccess to Disabled, with a SubnetId and SecurityGroupIds of the account.
#   controls:
#     nist-800-53-r5: [AC-3, AC-4, AC-6, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [amazon_sagemaker/sagemaker_notebook_no_direct_internet_access]
package guardhook.sagemaker.notebook_internet

import data.guardhook.lib.value

disabled if input.resource.properties.DirectInternetAccess == "Disabled"

placed if value.nonempty(input.resource.properties.SubnetId)

deny contains finding if {
	not disabled
	finding := {
		"path": ["DirectInternetAccess"],
		"message": "The notebook has direct access to the internet.",
	}
}

deny contains finding if {
	disabled
	not placed
	finding := {
		"path": ["SubnetId"],
		"message": "A notebook without direct internet access needs a subnet.",
	}
}
