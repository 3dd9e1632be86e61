# METADATA
# title: DynamoDB table can be restored to any point in time
# description: >-
#   Point-in-time recovery restores a table to any second of the last 35 days after a bad write or a
#   bad deployment. It is off by default.
# related_resources:
#   - https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
# custom:
#   id: DYNAMODB_POINT_IN_TIME_RECOVERY
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"]
#   remediation: >-
#     Set PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled to true, in a global table for
#     every replica.
#   controls:
#     nist-800-53-r5: [CP-9, CP-10, "SI-13(5)"]
#     aws-guard-rules-registry: [dynamodb/dynamodb_pitr_enabled]
package guardhook.data_protection.dynamodb_recovery

deny contains finding if {
	input.resource.type == "AWS::DynamoDB::Table"
	not input.resource.properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled == true
	finding := {
		"path": ["PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"],
		"message": "Point-in-time recovery of the table is off.",
	}
}

deny contains finding if {
	input.resource.type == "AWS::DynamoDB::GlobalTable"
	some i
	input.resource.properties.Replicas[i].Region
	not recoverable(i)
	finding := {
		"path": ["Replicas", i, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"],
		"message": "Point-in-time recovery of the replica is off.",
	}
}

recoverable(i) if {
	input.resource.properties.Replicas[i].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled == true
}
