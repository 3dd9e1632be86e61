package guardhook.encryption.document_graph_cluster_test

import data.guardhook.encryption.document_graph_cluster as rule

cluster(properties) := {"resource": {"type": "AWS::DocDB::DBCluster", "properties": properties}}

origins := ["SnapshotIdentifier", "SourceDBClusterIdentifier"]

finding := {"path": ["StorageEncrypted"], "message": "The storage of the cluster is not encrypted."}

test_encrypted if {
	rule.deny == set() with input as cluster({"StorageEncrypted": true})
}

test_not_encrypted[name] if {
	some name, properties in {
		"missing": {},
		"only a key": {"KmsKeyId": "${Key}"},
		"off": {"StorageEncrypted": false},
		"unknown": {"StorageEncrypted": "${Encrypt}"},
	}
	rule.deny == {finding} with input as cluster(properties)
}

test_restored[origin] if {
	some origin in origins
	rule.deny == set() with input as cluster({origin: "${Origin}"})
	rule.deny == {finding} with input as cluster({origin: ""})
	rule.deny == {finding} with input as cluster({origin: "${Origin}", "StorageEncrypted": false})
}
