# METADATA
# title: Queue hands messages on soon
# custom:
#   id: QUEUE_DELAY
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
#   remediation: Set DelaySeconds to 10 at the most.
package guardhook.queues.queue_delay

deny contains finding if {
	input.resource.properties.DelaySeconds > 10
	finding := {"path": ["DelaySeconds"], "message": "The queue holds messages back for too long."}
}
