# METADATA
# title: SQS queue encrypted at rest
# description: >-
#   New queues are encrypted with a key that SQS manages, but a queue that says so keeps it: an update
#   or another tool cannot turn it off unseen.
# related_resources:
#   - https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
# custom:
#   id: SQS_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
#   remediation: Set KmsMasterKeyId, or SqsManagedSseEnabled to true.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_sqs/sqs_queue_kms_master_key_id_rule]
package guardhook.encryption.sqs_queue

import data.guardhook.lib.value

encrypted if value.nonempty(input.resource.properties.KmsMasterKeyId)

encrypted if input.resource.properties.SqsManagedSseEnabled == true

deny contains finding if {
	not encrypted
	input.resource.properties.SqsManagedSseEnabled == false
	finding := {
		"path": ["SqsManagedSseEnabled"],
		"message": "The queue turns its encryption off and names no KMS key.",
	}
}

deny contains finding if {
	not encrypted
	not input.resource.properties.SqsManagedSseEnabled == false
	finding := {
		"path": ["KmsMasterKeyId"],
		"message": "The queue names no KMS key and does not enable encryption with keys that SQS manages.",
	}
}
