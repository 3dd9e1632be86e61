# METADATA
# title: Alarm does something
# description: >-
#   An alarm without an action, or with its actions turned off, changes colour on a page that nobody
#   looks at. An alarm that only feeds a composite alarm needs none.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
# custom:
#   id: ALARM_ACTION
#   severity: INFORMATIONAL
#   scope: resource
#   resource_types: ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]
#   remediation: Name a topic, policy or other target in AlarmActions, and leave ActionsEnabled at true.
#   controls:
#     nist-800-53-r5: [AU-6, CA-7, IR-4, "SI-4(12)"]
#     aws-guard-rules-registry: [cloudwatch/cloudwatch_alarm_action_check]
package guardhook.observability.alarm_action

deny contains finding if {
	not acts
	finding := {
		"path": ["AlarmActions"],
		"message": "The alarm has no action.",
	}
}

deny contains finding if {
	acts
	input.resource.properties.ActionsEnabled == false
	finding := {
		"path": ["ActionsEnabled"],
		"message": "The actions of the alarm are turned off.",
	}
}

acts if {
	some action in input.resource.properties.AlarmActions
	action != ""
}

acts if {
	some action in input.resource.properties.OKActions
	action != ""
}

acts if {
	some action in input.resource.properties.InsufficientDataActions
	action != ""
}
