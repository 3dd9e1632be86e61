package guardhook.data_protection.elasticache_backup_test

import data.guardhook.data_protection.elasticache_backup as rule

group(properties) := {"resource": {"type": "AWS::ElastiCache::ReplicationGroup", "properties": properties}}

test_off[name] if {
	some name, properties in {
		"default": {},
		"zero": {"SnapshotRetentionLimit": 0},
		"not a number": {"SnapshotRetentionLimit": "${Days}"},
	}
	rule.deny == {{
		"path": ["SnapshotRetentionLimit"],
		"message": "Automatic snapshots of the replication group are off.",
	}} with input as group(properties)
}

test_on[days] if {
	some days in [1, 35]
	rule.deny == set() with input as group({"SnapshotRetentionLimit": days})
}
