# METADATA
# title: Secret encrypted with a key of the account
# description: >-
#   Secrets Manager encrypts every secret, without KmsKeyId with a key that AWS manages. A key of the
#   account has a policy of its own, so that reading the secret needs two permissions, and can be used by
#   other accounts.
# related_resources:
#   - https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
# custom:
#   id: SECRET_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::SecretsManager::Secret"]
#   remediation: Set KmsKeyId to a key of the account.
#   controls:
#     nist-800-53-r5: [SC-12, SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1", "8.3.2"]
#     aws-guard-rules-registry: [secrets_manager/secretsmanager_using_cmk]
package guardhook.encryption.secret

import data.guardhook.lib.value

keyed if {
	value.nonempty(input.resource.properties.KmsKeyId)
	not managed_by_aws
}

managed_by_aws if endswith(input.resource.properties.KmsKeyId, "alias/aws/secretsmanager")

deny contains finding if {
	not keyed
	finding := {
		"path": ["KmsKeyId"],
		"message": "The secret is not encrypted with a KMS key of the account.",
	}
}
