# METADATA
# title: DynamoDB global table encrypted with KMS
# description: >-
#   Without SSESpecification every replica is encrypted with a key that DynamoDB owns: nobody in the
#   account can audit, restrict or revoke its use.
# related_resources:
#   - https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-dynamodb-globaltable-ssespecification.html
# custom:
#   id: DYNAMODB_GLOBAL_TABLE_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::DynamoDB::GlobalTable"]
#   remediation: >-
#     Set SSESpecification.SSEEnabled to true and SSEType to KMS; where the AWS managed key is not enough,
#     name a key in every replica.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.dynamodb_global_table

import data.guardhook.lib.value

enabled if input.resource.properties.SSESpecification.SSEEnabled == true

own_key contains i if {
	some i
	value.nonempty(input.resource.properties.Replicas[i].SSESpecification.KMSMasterKeyId)
}

deny contains finding if {
	not enabled
	finding := {
		"path": ["SSESpecification", "SSEEnabled"],
		"message": "The replicas of the global table are not encrypted with KMS keys of the account.",
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

# One replica with a key of its own and another without is a forgotten replica.
deny contains finding if {
	enabled
	count(own_key) > 0
	some i, _ in input.resource.properties.Replicas
	not i in own_key
	finding := {
		"path": ["Replicas", i, "SSESpecification", "KMSMasterKeyId"],
		"message": "The replica has no customer managed key, while another replica of the table has one.",
	}
}
