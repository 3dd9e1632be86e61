package guardhook.data_protection.update_replace_policy_test

import data.guardhook.data_protection.update_replace_policy as rule

template(resource) := {"template": {"resources": {
	"Kept": {"type": "AWS::DynamoDB::Table", "properties": {}, "update_replace_policy": "Retain"},
	"Subject": resource,
}}}

finding := {
	"resource": "Subject",
	"path": [],
	"message": "An update that replaces the resource deletes its data: UpdateReplacePolicy does not keep them.",
}

test_deleted[name] if {
	some name, resource in {
		"default": {"type": "AWS::DynamoDB::Table", "properties": {}},
		"delete": {"type": "AWS::DynamoDB::Table", "properties": {}, "update_replace_policy": "Delete"},
		"instance by default": {"type": "AWS::RDS::DBInstance", "properties": {}},
		"retained on deletion only": {"type": "AWS::KMS::Key", "properties": {}, "deletion_policy": "Retain"},
		"no policy for updates": {
			"type": "AWS::KMS::Key", "properties": {},
			"update_replace_policy": "RetainExceptOnCreate",
		},
		"cluster identifier of another type": {
			"type": "AWS::DynamoDB::Table",
			"properties": {"DBClusterIdentifier": "orders", "SourceDBInstanceIdentifier": "orders"},
		},
	}
	rule.deny == {finding} with input as template(resource)
}

test_kept[name] if {
	some name, resource in {
		"retain": {"type": "AWS::KMS::Key", "properties": {}, "update_replace_policy": "Retain"},
		"snapshot": {"type": "AWS::EC2::Volume", "properties": {}, "update_replace_policy": "Snapshot"},
		"member of a cluster": {"type": "AWS::RDS::DBInstance", "properties": {"DBClusterIdentifier": "${Cluster}"}},
		"read replica": {"type": "AWS::RDS::DBInstance", "properties": {"SourceDBInstanceIdentifier": "${Source}"}},
	}
	rule.deny == set() with input as template(resource)
}

test_no_resources if {
	rule.deny == set() with input as {"template": {"resources": {}}}
}
