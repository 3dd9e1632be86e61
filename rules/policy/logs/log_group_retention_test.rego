package guardhook.logs.log_group_retention_test

import data.guardhook.logs.log_group_retention as rule

params := {"logs": {"min_retention_days": 30}}

group(properties) := {"resource": {"type": "AWS::Logs::LogGroup", "properties": properties}}

test_for_ever[name] if {
	some name, properties in {"missing": {}, "text": {"RetentionInDays": "${Days}"}}
	rule.deny == {{
		"path": ["RetentionInDays"],
		"message": "The log group keeps its events for ever.",
	}} with input as group(properties) with data.params as params
}

test_too_short if {
	rule.deny == {{
		"path": ["RetentionInDays"],
		"message": "The log group keeps its events for less than 30 days.",
	}} with input as group({"RetentionInDays": 14}) with data.params as params
}

test_long_enough[days] if {
	some days in [30, 365]
	rule.deny == set() with input as group({"RetentionInDays": days}) with data.params as params
}
