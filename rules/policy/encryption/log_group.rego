# METADATA
# title: Log group encrypted with KMS
# description: >-
#   CloudWatch Logs encrypts every log group with a key that it owns. A key of the account makes reading
#   the logs depend on the key's policy, and can be revoked.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
# custom:
#   id: LOG_GROUP_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::Logs::LogGroup"]
#   remediation: Set KmsKeyId to the ARN of a key whose policy lets the CloudWatch Logs service of the region use it.
#   controls:
#     nist-800-53-r5: [AU-9, SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [cloudwatch/cloudwatch_log_group_encrypted]
package guardhook.encryption.log_group

import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.KmsKeyId)

deny contains finding if {
	not keyed
	finding := {
		"path": ["KmsKeyId"],
		"message": "The log group is not encrypted with a KMS key of the account.",
	}
}
