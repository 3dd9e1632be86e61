# METADATA
# title: SageMaker notebook without root access
# description: >-
#   Users of a notebook are root on its instance by default: they can change what its lifecycle
#   configuration installs, agents and network settings included.
# related_resources:
#   - https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-root-access.html
# custom:
#   id: SAGEMAKER_NOTEBOOK_ROOT
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SageMaker::NotebookInstance"]
#   remediation: Set RootAccess to Disabled. Lifecycle configurations still run as root.
#   controls:
#     nist-800-53-r5: [AC-6]
package guardhook.sagemaker.notebook_root

deny contains finding if {
	not input.resource.properties.RootAccess == "Disabled"
	finding := {
		"path": ["RootAccess"],
		"message": "Users of the notebook have root access to its instance.",
	}
}
