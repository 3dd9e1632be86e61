package guardhook.data_protection.efs_backup_test

import data.guardhook.data_protection.efs_backup as rule

file_system(properties) := {"resource": {"type": "AWS::EFS::FileSystem", "properties": properties}}

test_off[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"BackupPolicy": {}},
		"disabled": {"BackupPolicy": {"Status": "DISABLED"}},
		"unknown": {"BackupPolicy": {"Status": "${Backup}"}},
	}
	rule.deny == {{
		"path": ["BackupPolicy", "Status"],
		"message": "Automatic backups of the file system are off.",
	}} with input as file_system(properties)
}

test_on if {
	rule.deny == set() with input as file_system({"BackupPolicy": {"Status": "ENABLED"}})
}
