package guardhook.iam.access_key_test

import data.guardhook.iam.access_key as rule

key(properties) := {"resource": {"type": "AWS::IAM::AccessKey", "properties": properties}}

test_active[name] if {
	some name, properties in {
		"default": {"UserName": "${User}"},
		"written": {"UserName": "${User}", "Status": "Active"},
		"unknown": {"UserName": "${User}", "Status": "${Status}"},
	}
	rule.deny == {{
		"path": ["Status"],
		"message": "The template makes an access key that never ends.",
	}} with input as key(properties)
}

test_inactive if {
	rule.deny == set() with input as key({"UserName": "${User}", "Status": "Inactive"})
}
