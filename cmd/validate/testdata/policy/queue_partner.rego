# METADATA
# title: Queue has a queue for what fails
# custom:
#   id: QUEUE_PARTNER
#   severity: MEDIUM
#   scope: template
#   resource_types: ["AWS::SQS::Queue"]
package guardhook.queues.queue_partner

deny contains finding if {
	some id, _ in input.template.resources
	not input.template.resources[id].properties.RedrivePolicy
	count(input.template.resources) == 1
	finding := {"resource": id, "path": ["RedrivePolicy"], "message": "The only queue has no queue for what fails."}
}
