# METADATA
# title: DynamoDB table is protected against deletion
# description: >-
#   With deletion protection a table cannot be deleted by accident until someone turns the protection
#   off.
# related_resources:
#   - https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
# custom:
#   id: DYNAMODB_DELETION_PROTECTION
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"]
#   remediation: Set DeletionProtectionEnabled to true, in a global table for every replica.
#   controls:
#     nist-800-53-r5: [CM-3, CP-2, "SI-13(5)"]
package guardhook.data_protection.dynamodb_deletion_protection

deny contains finding if {
	input.resource.type == "AWS::DynamoDB::Table"
	not input.resource.properties.DeletionProtectionEnabled == true
	finding := {
		"path": ["DeletionProtectionEnabled"],
		"message": "The table can be deleted: DeletionProtectionEnabled is not true.",
	}
}

deny contains finding if {
	input.resource.type == "AWS::DynamoDB::GlobalTable"
	some i
	input.resource.properties.Replicas[i].Region
	not protected(i)
	finding := {
		"path": ["Replicas", i, "DeletionProtectionEnabled"],
		"message": "The replica can be deleted: DeletionProtectionEnabled is not true.",
	}
}

protected(i) if input.resource.properties.Replicas[i].DeletionProtectionEnabled == true
