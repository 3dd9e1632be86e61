package guardhook.encryption.dax_cluster_test

import data.guardhook.encryption.dax_cluster as rule

cluster(properties) := {"resource": {"type": "AWS::DAX::Cluster", "properties": properties}}

rest := {
	"path": ["SSESpecification", "SSEEnabled"],
	"message": "What the cluster caches is not encrypted at rest.",
}

transit := {
	"path": ["ClusterEndpointEncryptionType"],
	"message": "The endpoint of the cluster answers in clear text.",
}

both := {"SSESpecification": {"SSEEnabled": true}, "ClusterEndpointEncryptionType": "TLS"}

test_encrypted if {
	rule.deny == set() with input as cluster(both)
}

test_not_encrypted if {
	rule.deny == {rest, transit} with input as cluster({})
	rule.deny == {rest} with input as cluster(object.union(both, {"SSESpecification": {"SSEEnabled": false}}))
	rule.deny == {rest} with input as cluster(object.union(both, {"SSESpecification": {"SSEEnabled": "${On}"}}))
	rule.deny == {transit} with input as cluster(object.union(both, {"ClusterEndpointEncryptionType": "NONE"}))
}
