# METADATA
# title: EFS file system encrypted at rest
# description: >-
#   A file system created without Encrypted stores its data and metadata in clear text, and can only be
#   encrypted by replacing it.
# related_resources:
#   - https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html
# custom:
#   id: EFS_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::EFS::FileSystem"]
#   remediation: Set Encrypted to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     cis-aws-foundations-3: ["2.4.1"]
#     cis-aws-foundations-4: ["2.3.1"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_efs/efs_encrypted_check]
package guardhook.encryption.efs_file_system

deny contains finding if {
	not input.resource.properties.Encrypted == true
	finding := {
		"path": ["Encrypted"],
		"message": "The file system is not encrypted at rest.",
	}
}
