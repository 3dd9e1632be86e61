package guardhook.encryption.backup_vault_test

import data.guardhook.encryption.backup_vault as rule

vault(properties) := {"resource": {"type": "AWS::Backup::BackupVault", "properties": properties}}

test_key if {
	rule.deny == set() with input as vault({"EncryptionKeyArn": "${Key.Arn}"})
}

test_no_key[name] if {
	some name, properties in {"missing": {}, "empty": {"EncryptionKeyArn": ""}}
	rule.deny == {{
		"path": ["EncryptionKeyArn"],
		"message": "The backup vault is not encrypted with a KMS key of the account.",
	}} with input as vault(properties)
}
