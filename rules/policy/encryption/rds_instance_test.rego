package guardhook.encryption.rds_instance_test

import data.guardhook.encryption.rds_instance as rule

instance(properties) := {"resource": {"type": "AWS::RDS::DBInstance", "properties": properties}}

unencrypted := {{"path": ["StorageEncrypted"], "message": "The storage of the DB instance is not encrypted."}}

origins := [
	"DBSnapshotIdentifier", "DBClusterSnapshotIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier",
	"SourceDbiResourceId", "SourceDBInstanceAutomatedBackupsArn",
]

test_encrypted if {
	rule.deny == set() with input as instance({"StorageEncrypted": true})
	rule.deny == set() with input as instance({"StorageEncrypted": true, "KmsKeyId": "${Key.Arn}"})
}

test_unencrypted if {
	rule.deny == unencrypted with input as instance({})
	rule.deny == unencrypted with input as instance({"StorageEncrypted": false})
	rule.deny == unencrypted with input as instance({"StorageEncrypted": "${Encrypt}"})
	rule.deny == unencrypted with input as instance({"KmsKeyId": "${Key.Arn}"})
}

test_cluster_member if {
	rule.deny == set() with input as instance({"DBClusterIdentifier": "${Cluster}"})
	rule.deny == set() with input as instance({"DBClusterIdentifier": "${Cluster}", "StorageEncrypted": false})
	rule.deny == unencrypted with input as instance({"DBClusterIdentifier": ""})
}

test_origin_decides if {
	every origin in origins {
		rule.deny == set() with input as instance({origin: "orders"})
		rule.deny == set() with input as instance({origin: "orders", "StorageEncrypted": true})
	}
}

test_origin_overridden if {
	every origin in origins {
		rule.deny == unencrypted with input as instance({origin: "orders", "StorageEncrypted": false})
	}
}

test_empty_origin_is_a_new_database if {
	every origin in origins {
		rule.deny == unencrypted with input as instance({origin: ""})
	}
}
