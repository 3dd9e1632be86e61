package guardhook.data_protection.database_backup_test

import data.guardhook.data_protection.database_backup as rule

params := {"data_protection": {"min_backup_retention_days": 7}}

instance(properties) := {"resource": {"type": "AWS::RDS::DBInstance", "properties": properties}}

cluster(properties) := {"resource": {"type": "AWS::RDS::DBCluster", "properties": properties}}

finding := {
	"path": ["BackupRetentionPeriod"],
	"message": "Automated backups are not kept for at least 7 days.",
}

test_too_short[name] if {
	some name, document in {
		"default": instance({}),
		"off": instance({"BackupRetentionPeriod": 0}),
		"one less": instance({"BackupRetentionPeriod": 6}),
		"not a number": instance({"BackupRetentionPeriod": "${Days}"}),
		"cluster": cluster({"BackupRetentionPeriod": 1}),
		"cluster with its own identifier": cluster({"DBClusterIdentifier": "orders"}),
	}
	rule.deny == {finding} with input as document with data.params as params
}

test_long_enough[name] if {
	some name, document in {
		"limit": instance({"BackupRetentionPeriod": 7}),
		"more": cluster({"BackupRetentionPeriod": 35}),
		"instance of a cluster": instance({"DBClusterIdentifier": "${Cluster}"}),
		"replica": instance({"SourceDBInstanceIdentifier": "${Source}", "BackupRetentionPeriod": 0}),
		"replica of a cluster": instance({"SourceDBClusterIdentifier": "${Source}"}),
	}
	rule.deny == set() with input as document with data.params as params
}

test_default_of_one_day if {
	rule.deny == set() with input as instance({})
		with data.params as {"data_protection": {"min_backup_retention_days": 1}}
}
