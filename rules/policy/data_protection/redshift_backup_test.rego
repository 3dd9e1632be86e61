package guardhook.data_protection.redshift_backup_test

import data.guardhook.data_protection.redshift_backup as rule

params := {"data_protection": {"min_backup_retention_days": 7}}

cluster(properties) := {"resource": {"type": "AWS::Redshift::Cluster", "properties": properties}}

test_too_short[name] if {
	some name, properties in {
		"default": {},
		"off": {"AutomatedSnapshotRetentionPeriod": 0},
		"one less": {"AutomatedSnapshotRetentionPeriod": 6},
		"not a number": {"AutomatedSnapshotRetentionPeriod": "${Days}"},
	}
	rule.deny == {{
		"path": ["AutomatedSnapshotRetentionPeriod"],
		"message": "Automated snapshots are not kept for at least 7 days.",
	}} with input as cluster(properties) with data.params as params
}

test_long_enough[days] if {
	some days in [7, 35]
	rule.deny == set() with input as cluster({"AutomatedSnapshotRetentionPeriod": days}) with data.params as params
}

test_default_of_one_day if {
	rule.deny == set() with input as cluster({})
		with data.params as {"data_protection": {"min_backup_retention_days": 1}}
}
