# METADATA
# title: Logs are kept
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/LOG_RETENTION
# custom:
#   id: LOG_RETENTION
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::Logs::LogGroup"]
#   remediation: Raise RetentionInDays.
package guardhook.acme.retention

deny contains finding if {
	input.resource.properties.RetentionInDays < data.params.acme.retention
	finding := {"path": ["RetentionInDays"], "message": "Logs are not kept long enough."}
}
