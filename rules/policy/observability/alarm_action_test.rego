package guardhook.observability.alarm_action_test

import data.guardhook.observability.alarm_action as rule

alarm(properties) := {"resource": {"type": "AWS::CloudWatch::Alarm", "properties": properties}}

kinds := ["AlarmActions", "OKActions", "InsufficientDataActions"]

test_no_action[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"AlarmActions": [], "OKActions": [], "InsufficientDataActions": []},
		"empty text": {"AlarmActions": [""], "OKActions": [""], "InsufficientDataActions": [""]},
		"off as well": {"ActionsEnabled": false},
	}
	rule.deny == {{
		"path": ["AlarmActions"],
		"message": "The alarm has no action.",
	}} with input as alarm(properties)
}

test_turned_off[kind] if {
	some kind in kinds
	rule.deny == {{
		"path": ["ActionsEnabled"],
		"message": "The actions of the alarm are turned off.",
	}} with input as alarm({kind: ["${Topic}"], "ActionsEnabled": false})
}

test_acts[kind] if {
	some kind in kinds
	rule.deny == set() with input as alarm({kind: ["${Topic}"]})
	rule.deny == set() with input as alarm({kind: ["", "${Topic}"], "ActionsEnabled": true})
}
