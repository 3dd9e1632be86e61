# METADATA
# title: Firehose stream encrypted
# description: >-
#   Records that are put to a Firehose stream wait in it until they are delivered, in clear text unless
#   the stream is encrypted. A stream that reads from another source leaves encryption to that source.
# related_resources:
#   - https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
# custom:
#   id: FIREHOSE_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::KinesisFirehose::DeliveryStream"]
#   remediation: >-
#     Set DeliveryStreamEncryptionConfigurationInput.KeyType to AWS_OWNED_CMK, or to
#     CUSTOMER_MANAGED_CMK with KeyARN.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.firehose_stream

encrypted if {
	kind := input.resource.properties.DeliveryStreamEncryptionConfigurationInput.KeyType
	kind in {"AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"}
}

reads if input.resource.properties.DeliveryStreamType in {"KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"}

deny contains finding if {
	not reads
	not encrypted
	finding := {
		"path": ["DeliveryStreamEncryptionConfigurationInput", "KeyType"],
		"message": "Records in the stream are not encrypted.",
	}
}
