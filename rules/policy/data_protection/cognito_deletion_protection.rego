# METADATA
# title: Cognito user pool is protected against deletion
# description: >-
#   A deleted user pool cannot be restored, and every user has to register again. Protection is off
#   unless it is asked for.
# related_resources:
#   - https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html
# custom:
#   id: COGNITO_DELETION_PROTECTION
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::Cognito::UserPool"]
#   remediation: Set DeletionProtection to ACTIVE.
#   controls:
#     nist-800-53-r5: [CM-3, CP-2, "SI-13(5)"]
package guardhook.data_protection.cognito_deletion_protection

deny contains finding if {
	not input.resource.properties.DeletionProtection == "ACTIVE"
	finding := {
		"path": ["DeletionProtection"],
		"message": "The user pool can be deleted: DeletionProtection is not ACTIVE.",
	}
}
