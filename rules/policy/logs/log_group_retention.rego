# METADATA
# title: Log group expires its events
# description: >-
#   Log events without a retention time are kept, and paid for, for ever, whatever personal data is in
#   them.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
# custom:
#   id: LOG_GROUP_RETENTION
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::Logs::LogGroup"]
#   remediation: Set RetentionInDays to at least the parameter logs.min_retention_days.
#   controls:
#     nist-800-53-r5: [AU-11, SI-12]
#     pci-dss-4: ["10.5.1"]
#     aws-guard-rules-registry: [cloudwatch/cw_loggroup_retention_period_check]
package guardhook.logs.log_group_retention

deny contains finding if {
	not expires
	finding := {
		"path": ["RetentionInDays"],
		"message": "The log group keeps its events for ever.",
	}
}

deny contains finding if {
	expires
	input.resource.properties.RetentionInDays < data.params.logs.min_retention_days
	finding := {
		"path": ["RetentionInDays"],
		"message": sprintf("The log group keeps its events for less than %v days.", [data.params.logs.min_retention_days]),
	}
}

expires if is_number(input.resource.properties.RetentionInDays)
