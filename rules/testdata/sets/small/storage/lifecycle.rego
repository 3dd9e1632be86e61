# METADATA
# title: Objects expire
# custom:
#   id: ACME_LIFECYCLE
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::S3::*"]
package guardhook.storage.lifecycle

deny contains finding if {
	some i, rule in input.resource.properties.LifecycleConfiguration.Rules
	rule.ExpirationInDays > data.params.storage.max_days
	finding := {"path": ["LifecycleConfiguration", "Rules", i, "ExpirationInDays"], "message": "Objects are kept for too long."}
}
