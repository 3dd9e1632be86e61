package guardhook.encryption.rds_cluster_test

import data.guardhook.encryption.rds_cluster as rule

cluster(properties) := {"resource": {"type": "AWS::RDS::DBCluster", "properties": properties}}

unencrypted := {{"path": ["StorageEncrypted"], "message": "The storage of the DB cluster is not encrypted."}}

origins := [
	"SnapshotIdentifier",
	"SourceDBClusterIdentifier",
	"SourceDbClusterResourceId",
	"ReplicationSourceIdentifier",
]

test_encrypted if {
	rule.deny == set() with input as cluster({"StorageEncrypted": true})
	rule.deny == set() with input as cluster({"StorageEncrypted": true, "KmsKeyId": "${Key.Arn}"})
}

test_unencrypted if {
	rule.deny == unencrypted with input as cluster({})
	rule.deny == unencrypted with input as cluster({"StorageEncrypted": false})
	rule.deny == unencrypted with input as cluster({"StorageEncrypted": "${Encrypt}"})
	rule.deny == unencrypted with input as cluster({"KmsKeyId": "${Key.Arn}"})
}

test_origin_decides if {
	every origin in origins {
		rule.deny == set() with input as cluster({origin: "orders"})
		rule.deny == set() with input as cluster({origin: "orders", "StorageEncrypted": true})
	}
}

test_origin_overridden if {
	every origin in origins {
		rule.deny == unencrypted with input as cluster({origin: "orders", "StorageEncrypted": false})
	}
}

test_empty_origin_is_a_new_cluster if {
	every origin in origins {
		rule.deny == unencrypted with input as cluster({origin: ""})
	}
}
