# METADATA
# title: Kinesis stream encrypted with KMS
# description: >-
#   The records of a stream without StreamEncryption are stored in clear text.
# related_resources:
#   - https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html
# custom:
#   id: KINESIS_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::Kinesis::Stream"]
#   remediation: Set StreamEncryption with EncryptionType KMS and KeyId, for instance alias/aws/kinesis.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [aws_kinesis/kinesis_stream_encryption_rule]
package guardhook.encryption.kinesis_stream

import data.guardhook.lib.value

encrypted if input.resource.properties.StreamEncryption.EncryptionType == "KMS"

keyed if value.nonempty(input.resource.properties.StreamEncryption.KeyId)

deny contains finding if {
	not encrypted
	finding := {
		"path": ["StreamEncryption", "EncryptionType"],
		"message": "The stream does not encrypt its records with KMS.",
	}
}

deny contains finding if {
	encrypted
	not keyed
	finding := {
		"path": ["StreamEncryption", "KeyId"],
		"message": "The stream's encryption names no KMS key.",
	}
}
