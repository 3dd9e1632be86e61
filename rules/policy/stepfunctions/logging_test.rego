package guardhook.stepfunctions.logging_test

import data.guardhook.stepfunctions.logging as rule

machine(properties) := {"resource": {"type": "AWS::StepFunctions::StateMachine", "properties": properties}}

destinations := [{"CloudWatchLogsLogGroup": {"LogGroupArn": "${Logs.Arn}"}}]

test_no_level[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"LoggingConfiguration": {"Destinations": destinations}},
		"off": {"LoggingConfiguration": {"Level": "OFF", "Destinations": destinations}},
		"unknown": {"LoggingConfiguration": {"Level": "${Level}", "Destinations": destinations}},
	}
	rule.deny == {{
		"path": ["LoggingConfiguration", "Level"],
		"message": "The state machine writes no logs: the log level is not set, or OFF.",
	}} with input as machine(properties)
}

test_no_destination[name] if {
	some name, configuration in {
		"missing": {"Level": "ERROR"},
		"empty": {"Level": "ALL", "Destinations": []},
	}
	rule.deny == {{
		"path": ["LoggingConfiguration", "Destinations"],
		"message": "The state machine writes no logs: no log group is named.",
	}} with input as machine({"LoggingConfiguration": configuration})
}

test_logs[level] if {
	some level in ["ALL", "ERROR", "FATAL"]
	configuration := {"LoggingConfiguration": {"Level": level, "Destinations": destinations}}
	rule.deny == set() with input as machine(configuration)
}
