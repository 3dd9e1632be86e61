# METADATA
# title: WorkSpace volumes encrypted
# description: >-
#   The volumes of a WorkSpace hold what a person works on. They can be encrypted only when it is made.
# related_resources:
#   - https://docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html
# custom:
#   id: WORKSPACE_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::WorkSpaces::Workspace"]
#   remediation: >-
#     Set UserVolumeEncryptionEnabled and RootVolumeEncryptionEnabled to true, and VolumeEncryptionKey to
#     a key.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_workspaces/workspace_encryption_enabled]
package guardhook.encryption.workspace

deny contains finding if {
	not input.resource.properties.UserVolumeEncryptionEnabled == true
	finding := {
		"path": ["UserVolumeEncryptionEnabled"],
		"message": "The user volume of the WorkSpace is not encrypted.",
	}
}

deny contains finding if {
	not input.resource.properties.RootVolumeEncryptionEnabled == true
	finding := {
		"path": ["RootVolumeEncryptionEnabled"],
		"message": "The root volume of the WorkSpace is not encrypted.",
	}
}
