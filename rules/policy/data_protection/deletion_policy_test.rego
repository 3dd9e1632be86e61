package guardhook.data_protection.deletion_policy_test

import data.guardhook.data_protection.deletion_policy as rule

template(resource) := {"template": {"resources": {
	"Kept": {"type": "AWS::DynamoDB::Table", "properties": {}, "deletion_policy": "Retain"},
	"Subject": resource,
}}}

finding := {
	"resource": "Subject",
	"path": [],
	"message": "The resource and its data are deleted with the stack: DeletionPolicy does not keep them.",
}

test_deleted[name] if {
	some name, resource in {
		"default": {"type": "AWS::DynamoDB::Table", "properties": {}},
		"delete": {"type": "AWS::DynamoDB::Table", "properties": {}, "deletion_policy": "Delete"},
		"key": {"type": "AWS::KMS::Key", "properties": {}},
		"instance": {"type": "AWS::RDS::DBInstance", "properties": {}, "deletion_policy": "Delete"},
		"cluster": {"type": "AWS::RDS::DBCluster", "properties": {}, "deletion_policy": "Delete"},
		"cluster identifier of another type": {
			"type": "AWS::DynamoDB::Table",
			"properties": {"DBClusterIdentifier": "orders", "SourceDBInstanceIdentifier": "orders"},
		},
		"unknown": {"type": "AWS::DynamoDB::Table", "properties": {}, "deletion_policy": "${Policy}"},
	}
	rule.deny == {finding} with input as template(resource)
}

test_kept[name] if {
	some name, resource in {
		"retain": {"type": "AWS::KMS::Key", "properties": {}, "deletion_policy": "Retain"},
		"retain except on create": {
			"type": "AWS::DynamoDB::Table", "properties": {},
			"deletion_policy": "RetainExceptOnCreate",
		},
		"snapshot": {"type": "AWS::EC2::Volume", "properties": {}, "deletion_policy": "Snapshot"},
		"instance by default": {"type": "AWS::RDS::DBInstance", "properties": {}},
		"cluster by default": {"type": "AWS::RDS::DBCluster", "properties": {}},
		"member of a cluster": {
			"type": "AWS::RDS::DBInstance", "deletion_policy": "Delete",
			"properties": {"DBClusterIdentifier": "${Cluster}"},
		},
		"read replica": {
			"type": "AWS::RDS::DBInstance", "deletion_policy": "Delete",
			"properties": {"SourceDBInstanceIdentifier": "${Source}"},
		},
	}
	rule.deny == set() with input as template(resource)
}

test_no_resources if {
	rule.deny == set() with input as {"template": {"resources": {}}}
}
