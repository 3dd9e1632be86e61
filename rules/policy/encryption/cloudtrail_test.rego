package guardhook.encryption.cloudtrail_test

import data.guardhook.encryption.cloudtrail as rule

# The property of the key, by type.
names := {"AWS::CloudTrail::Trail": "KMSKeyId", "AWS::CloudTrail::EventDataStore": "KmsKeyId"}

test_key[type] if {
	some type, name in names
	rule.deny == set() with input as {"resource": {"type": type, "properties": {name: "${Key.Arn}"}}}
}

test_no_key[type] if {
	some type, name in names
	every properties in [{}, {name: ""}] {
		rule.deny == {{
			"path": [name],
			"message": "The recorded events are not encrypted with a KMS key of the account.",
		}} with input as {"resource": {"type": type, "properties": properties}}
	}
}
