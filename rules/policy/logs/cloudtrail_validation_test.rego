package guardhook.logs.cloudtrail_validation_test

import data.guardhook.logs.cloudtrail_validation as rule

trail(properties) := {"resource": {"type": "AWS::CloudTrail::Trail", "properties": properties}}

test_not_validated[name] if {
	some name, properties in {
		"missing": {"IsLogging": true},
		"false": {"IsLogging": true, "EnableLogFileValidation": false},
		"text": {"IsLogging": true, "EnableLogFileValidation": "${Validate}"},
	}
	rule.deny == {{
		"path": ["EnableLogFileValidation"],
		"message": "Changes to the trail's log files would not be noticed: their validation is off.",
	}} with input as trail(properties)
}

test_not_logging if {
	rule.deny == {{
		"path": ["IsLogging"],
		"message": "The trail does not log.",
	}} with input as trail({"IsLogging": false, "EnableLogFileValidation": true})
}

test_validated if {
	rule.deny == set() with input as trail({"IsLogging": true, "EnableLogFileValidation": true})
}
