# METADATA
# title: Message retention does not shrink
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/QUEUE_RETENTION_KEPT
# custom:
#   id: QUEUE_RETENTION_KEPT
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
#   remediation: Leave MessageRetentionPeriod.
#   actions: [UPDATE]
package guardhook.acme.shrink

deny contains finding if {
	input.resource.properties.MessageRetentionPeriod < input.resource.previous.MessageRetentionPeriod
	finding := {"path": ["MessageRetentionPeriod"], "message": "Messages are kept shorter than before."}
}
