# METADATA
# title: Topic is encrypted with a key that someone named
# custom:
#   id: TOPIC_KEY
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SNS::Topic"]
package guardhook.queues.topic_key

deny contains finding if {
	input.resource.properties.KmsMasterKeyId == "alias/aws/sns"
	finding := {"path": ["KmsMasterKeyId"], "message": "The key belongs to AWS."}
}
