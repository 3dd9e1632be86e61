# METADATA
# title: FSx file system encrypted with a key of the account
# description: >-
#   FSx encrypts every file system. Without KmsKeyId it uses the AWS managed key, whose policy nobody in
#   the account can change. Scratch file systems of Lustre take no key and are left out.
# related_resources:
#   - https://docs.aws.amazon.com/fsx/latest/ONTAPGuide/encryption-at-rest.html
#   - https://docs.aws.amazon.com/fsx/latest/LustreGuide/encryption-at-rest.html
# custom:
#   id: FSX_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::FSx::FileSystem"]
#   remediation: Set KmsKeyId to a customer managed key; the file system is replaced.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.fsx_file_system

import data.guardhook.lib.value

persistent if startswith(input.resource.properties.LustreConfiguration.DeploymentType, "PERSISTENT")

# Lustre deploys SCRATCH_1 unless DeploymentType says otherwise.
scratch if {
	input.resource.properties.FileSystemType == "LUSTRE"
	not persistent
}

keyed if value.nonempty(input.resource.properties.KmsKeyId)

deny contains finding if {
	not scratch
	not keyed
	finding := {
		"path": ["KmsKeyId"],
		"message": "The file system is not encrypted with a KMS key of the account.",
	}
}
