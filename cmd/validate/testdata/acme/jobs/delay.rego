# METADATA
# title: Queue does not delay for long
# custom:
#   id: QUEUE_DELAY
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::SQS::Queue"]
package guardhook.jobs.delay

deny contains finding if {
	input.resource.properties.DelaySeconds > data.params.jobs.max_delay
	finding := {"path": ["DelaySeconds"], "message": "Messages are delayed for too long."}
}
