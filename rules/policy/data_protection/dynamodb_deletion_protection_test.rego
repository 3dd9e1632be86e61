package guardhook.data_protection.dynamodb_deletion_protection_test

import data.guardhook.data_protection.dynamodb_deletion_protection as rule

table(properties) := {"resource": {"type": "AWS::DynamoDB::Table", "properties": properties}}

global_table(replicas) := {"resource": {
	"type": "AWS::DynamoDB::GlobalTable",
	"properties": {"Replicas": replicas},
}}

test_not_protected[name] if {
	some name, properties in {
		"missing": {},
		"false": {"DeletionProtectionEnabled": false},
		"text": {"DeletionProtectionEnabled": "${Protect}"},
	}
	rule.deny == {{
		"path": ["DeletionProtectionEnabled"],
		"message": "The table can be deleted: DeletionProtectionEnabled is not true.",
	}} with input as table(properties)
}

test_protected if {
	rule.deny == set() with input as table({"DeletionProtectionEnabled": true})
}

test_replicas if {
	message := "The replica can be deleted: DeletionProtectionEnabled is not true."
	rule.deny == {
		{"path": ["Replicas", 1, "DeletionProtectionEnabled"], "message": message},
		{"path": ["Replicas", 2, "DeletionProtectionEnabled"], "message": message},
	} with input as global_table([
		{"Region": "eu-west-1", "DeletionProtectionEnabled": true},
		{"Region": "eu-north-1", "DeletionProtectionEnabled": false},
		{"Region": "eu-south-1"},
	])
}
