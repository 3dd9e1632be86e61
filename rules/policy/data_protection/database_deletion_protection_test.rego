package guardhook.data_protection.database_deletion_protection_test

import data.guardhook.data_protection.database_deletion_protection as rule

instance(properties) := {"resource": {"type": "AWS::RDS::DBInstance", "properties": properties}}

cluster(properties) := {"resource": {"type": "AWS::RDS::DBCluster", "properties": properties}}

test_not_protected[name] if {
	some name, document in {
		"missing": instance({}),
		"false": instance({"DeletionProtection": false}),
		"text": instance({"DeletionProtection": "${Protect}"}),
		"cluster": cluster({"DBClusterIdentifier": "orders", "SourceDBInstanceIdentifier": "orders"}),
	}
	rule.deny == {{
		"path": ["DeletionProtection"],
		"message": "The database can be deleted: DeletionProtection is not true.",
	}} with input as document
}

test_protected[name] if {
	some name, document in {
		"instance": instance({"DeletionProtection": true}),
		"cluster": cluster({"DeletionProtection": true}),
		"read replica": instance({"SourceDBInstanceIdentifier": "${Source}"}),
		"member of a cluster": instance({"DBClusterIdentifier": "${Cluster}"}),
	}
	rule.deny == set() with input as document
}
