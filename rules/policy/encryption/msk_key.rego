# METADATA
# title: MSK cluster encrypted with a key of the account
# description: >-
#   MSK encrypts the volumes of brokers, without more with a key that AWS manages. A key of the account
#   can be revoked, and its use is recorded.
# related_resources:
#   - https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html
# custom:
#   id: MSK_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::MSK::Cluster"]
#   remediation: >-
#     Set EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId to a key of the account. This replaces the
#     cluster.
#   controls:
#     nist-800-53-r5: [SC-12, SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.msk_key

import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId)

deny contains finding if {
	not keyed
	finding := {
		"path": ["EncryptionInfo", "EncryptionAtRest", "DataVolumeKMSKeyId"],
		"message": "The volumes of the cluster are not encrypted with a KMS key of the account.",
	}
}
