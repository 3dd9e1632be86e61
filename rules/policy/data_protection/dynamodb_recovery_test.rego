package guardhook.data_protection.dynamodb_recovery_test

import data.guardhook.data_protection.dynamodb_recovery as rule

table(properties) := {"resource": {"type": "AWS::DynamoDB::Table", "properties": properties}}

global_table(replicas) := {"resource": {
	"type": "AWS::DynamoDB::GlobalTable",
	"properties": {"Replicas": replicas},
}}

recovery(value) := {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": value}}

test_off[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"PointInTimeRecoverySpecification": {}},
		"false": recovery(false),
		"text": recovery("${On}"),
	}
	rule.deny == {{
		"path": ["PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"],
		"message": "Point-in-time recovery of the table is off.",
	}} with input as table(properties)
}

test_on if {
	rule.deny == set() with input as table(recovery(true))
}

test_replicas if {
	rule.deny == {
		{
			"path": ["Replicas", 1, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"],
			"message": "Point-in-time recovery of the replica is off.",
		},
		{
			"path": ["Replicas", 2, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"],
			"message": "Point-in-time recovery of the replica is off.",
		},
	} with input as global_table([
		object.union({"Region": "eu-west-1"}, recovery(true)),
		object.union({"Region": "eu-north-1"}, recovery(false)),
		{"Region": "eu-south-1"},
	])
}

test_all_replicas_on if {
	rule.deny == set() with input as global_table([object.union({"Region": "eu-west-1"}, recovery(true))])
}
