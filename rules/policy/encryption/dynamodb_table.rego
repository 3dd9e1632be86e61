# METADATA
# title: DynamoDB table encrypted with KMS
# description: >-
#   Without SSESpecification a table is encrypted with a key that DynamoDB owns: nobody in the account
#   can audit, restrict or revoke its use.
# related_resources:
#   - https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
# custom:
#   id: DYNAMODB_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::DynamoDB::Table"]
#   remediation: Set SSESpecification.SSEEnabled to true; SSEType is KMS.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [dynamodb/dynamodb_table_encrypted_kms]
package guardhook.encryption.dynamodb_table

enabled if input.resource.properties.SSESpecification.SSEEnabled == true

deny contains finding if {
	not enabled
	finding := {
		"path": ["SSESpecification", "SSEEnabled"],
		"message": "The table is not encrypted with a KMS key of the account.",
	}
}

deny contains finding if {
	enabled
	input.resource.properties.SSESpecification.SSEType != "KMS"
	finding := {
		"path": ["SSESpecification", "SSEType"],
		"message": "KMS is the only server-side encryption type that DynamoDB supports.",
	}
}
