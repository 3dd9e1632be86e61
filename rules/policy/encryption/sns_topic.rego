# METADATA
# title: SNS topic encrypted with KMS
# description: >-
#   Messages wait in SNS until every subscriber has them. A key of KMS decides who can read them there.
# related_resources:
#   - https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html
# custom:
#   id: SNS_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SNS::Topic"]
#   remediation: >-
#     Set KmsMasterKeyId. AWS services that publish to the topic (CloudWatch, EventBridge, S3) need a
#     customer managed key whose policy lets them use it; alias/aws/sns does not.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_sns/sns_encrypted_kms]
package guardhook.encryption.sns_topic

import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.KmsMasterKeyId)

deny contains finding if {
	not keyed
	finding := {
		"path": ["KmsMasterKeyId"],
		"message": "The topic does not encrypt its messages with a KMS key.",
	}
}
