package guardhook.data_protection.fsx_backup_test

import data.guardhook.data_protection.fsx_backup as rule

file_system(properties) := {"resource": {"type": "AWS::FSx::FileSystem", "properties": properties}}

test_off[configuration] if {
	some configuration in ["OntapConfiguration", "OpenZFSConfiguration", "WindowsConfiguration"]
	rule.deny == {{
		"path": [configuration, "AutomaticBackupRetentionDays"],
		"message": "Automatic backups of the file system are off.",
	}} with input as file_system({configuration: {"AutomaticBackupRetentionDays": 0}})
}

test_on[configuration] if {
	some configuration in ["OntapConfiguration", "OpenZFSConfiguration", "WindowsConfiguration"]
	rule.deny == set() with input as file_system({configuration: {"AutomaticBackupRetentionDays": 1}})
	rule.deny == set() with input as file_system({configuration: {}})
}

test_lustre_off[name] if {
	some name, configuration in {
		"default": {"DeploymentType": "PERSISTENT_2"},
		"zero": {"DeploymentType": "PERSISTENT_1", "AutomaticBackupRetentionDays": 0},
	}
	rule.deny == {{
		"path": ["LustreConfiguration", "AutomaticBackupRetentionDays"],
		"message": "Automatic backups of the file system are off.",
	}} with input as file_system({"LustreConfiguration": configuration})
}

test_lustre_on[name] if {
	some name, properties in {
		"kept": {"LustreConfiguration": {"DeploymentType": "PERSISTENT_2", "AutomaticBackupRetentionDays": 1}},
		"scratch": {"LustreConfiguration": {"DeploymentType": "SCRATCH_2"}},
		"no deployment type": {"LustreConfiguration": {}},
		"no configuration": {},
	}
	rule.deny == set() with input as file_system(properties)
}
