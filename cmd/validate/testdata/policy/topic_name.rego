# METADATA
# title: Topic name is a number
# custom:
#   id: TOPIC_NAME
#   severity: INFORMATIONAL
#   scope: resource
#   resource_types: ["AWS::SNS::Topic"]
package guardhook.queues.topic_name

# Fails with an error for a name that is no number.
deny contains finding if {
	to_number(input.resource.properties.TopicName) < 1
	finding := {"path": ["TopicName"], "message": "The topic name is not positive."}
}
