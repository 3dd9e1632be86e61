package guardhook.encryption.efs_file_system_test

import data.guardhook.encryption.efs_file_system as rule

file_system(properties) := {"resource": {"type": "AWS::EFS::FileSystem", "properties": properties}}

unencrypted := {{"path": ["Encrypted"], "message": "The file system is not encrypted at rest."}}

test_encrypted if {
	rule.deny == set() with input as file_system({"Encrypted": true})
	rule.deny == set() with input as file_system({"Encrypted": true, "KmsKeyId": "${Key.Arn}"})
}

test_unencrypted if {
	rule.deny == unencrypted with input as file_system({})
	rule.deny == unencrypted with input as file_system({"Encrypted": false})
	rule.deny == unencrypted with input as file_system({"Encrypted": "${Encrypt}"})
	rule.deny == unencrypted with input as file_system({"KmsKeyId": "${Key.Arn}"})
}
