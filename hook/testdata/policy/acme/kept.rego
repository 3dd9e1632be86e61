# METADATA
# title: Tables stay
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/TABLE_KEPT
# custom:
#   id: TABLE_KEPT
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::DynamoDB::Table"]
#   remediation: Turn DeletionProtectionEnabled off first.
#   actions: [DELETE]
package guardhook.acme.kept

deny contains finding if {
	input.resource.properties.DeletionProtectionEnabled == true
	finding := {"path": ["DeletionProtectionEnabled"], "message": "The table is protected."}
}
