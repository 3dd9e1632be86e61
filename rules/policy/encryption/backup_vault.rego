# METADATA
# title: Backup vault encrypted with a key of the account
# description: >-
#   Without EncryptionKeyArn a vault uses a key that AWS manages, with which recovery points cannot be
#   copied to another account.
# related_resources:
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
# custom:
#   id: BACKUP_VAULT_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::Backup::BackupVault"]
#   remediation: >-
#     Set EncryptionKeyArn to a key of the account. A vault keeps the key that it was made with, so a new
#     key is a new vault.
#   controls:
#     nist-800-53-r5: [CP-9, SC-12, SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.backup_vault

import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.EncryptionKeyArn)

deny contains finding if {
	not keyed
	finding := {
		"path": ["EncryptionKeyArn"],
		"message": "The backup vault is not encrypted with a KMS key of the account.",
	}
}
