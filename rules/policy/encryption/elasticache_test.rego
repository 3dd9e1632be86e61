package guardhook.encryption.elasticache_test

import data.guardhook.encryption.elasticache as rule

group(properties) := {"resource": {"type": "AWS::ElastiCache::ReplicationGroup", "properties": properties}}

rest := {
	"path": ["AtRestEncryptionEnabled"],
	"message": "The data of the replication group is not encrypted at rest.",
}

transit := {
	"path": ["TransitEncryptionEnabled"],
	"message": "The connections to the replication group are not encrypted.",
}

mode := {
	"path": ["TransitEncryptionMode"],
	"message": "The replication group accepts connections that are not encrypted.",
}

both := {"AtRestEncryptionEnabled": true, "TransitEncryptionEnabled": true}

test_encrypted[mode] if {
	some mode in ["required", "${Mode}"]
	rule.deny == set() with input as group(both)
	rule.deny == set() with input as group(object.union(both, {"TransitEncryptionMode": mode}))
}

test_not_encrypted if {
	rule.deny == {rest, transit} with input as group({})
	rule.deny == {rest, transit} with input as group({"GlobalReplicationGroupId": ""})
	rule.deny == {rest, transit} with input as group({"TransitEncryptionMode": "preferred"})
	rule.deny == {rest} with input as group({"TransitEncryptionEnabled": true})
	rule.deny == {transit} with input as group({"AtRestEncryptionEnabled": true})
	rule.deny == {mode} with input as group(object.union(both, {"TransitEncryptionMode": "preferred"}))
}

test_secondary if {
	secondary := {"GlobalReplicationGroupId": "${Global}"}
	rule.deny == set() with input as group(secondary)
	rule.deny == {rest, transit} with input as group(object.union(secondary, {
		"AtRestEncryptionEnabled": false,
		"TransitEncryptionEnabled": false,
	}))
}
