# METADATA
# title: Topics have a policy
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/TOPIC_POLICY
# custom:
#   id: TOPIC_POLICY
#   severity: MEDIUM
#   scope: template
#   resource_types: ["AWS::SNS::Topic", "AWS::SNS::TopicPolicy"]
#   remediation: Add an AWS::SNS::TopicPolicy.
package guardhook.acme.topic

deny contains finding if {
	some id, topic in input.template.resources
	topic.type == "AWS::SNS::Topic"
	every other in input.template.resources {
		other.type != "AWS::SNS::TopicPolicy"
	}
	finding := {"resource": id, "path": [], "message": "The template has no policy for the topic."}
}
