# METADATA
# title: State machine writes logs
# description: >-
#   Without logs a failed execution can only be understood from the console's history, which express
#   workflows do not have and which expires for the others.
# related_resources:
#   - https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
# custom:
#   id: STATE_MACHINE_LOGGING
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::StepFunctions::StateMachine"]
#   remediation: >-
#     Set LoggingConfiguration.Level to ALL, ERROR or FATAL, and a log group in Destinations.
#   controls:
#     nist-800-53-r5: [AU-2, AU-3, AU-12]
package guardhook.stepfunctions.logging

deny contains finding if {
	not leveled
	finding := {
		"path": ["LoggingConfiguration", "Level"],
		"message": "The state machine writes no logs: the log level is not set, or OFF.",
	}
}

deny contains finding if {
	leveled
	not input.resource.properties.LoggingConfiguration.Destinations[0].CloudWatchLogsLogGroup.LogGroupArn
	finding := {
		"path": ["LoggingConfiguration", "Destinations"],
		"message": "The state machine writes no logs: no log group is named.",
	}
}

leveled if input.resource.properties.LoggingConfiguration.Level in {"ALL", "ERROR", "FATAL"}
