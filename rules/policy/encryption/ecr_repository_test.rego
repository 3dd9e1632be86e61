package guardhook.encryption.ecr_repository_test

import data.guardhook.encryption.ecr_repository as rule

repository(properties) := {"resource": {"type": "AWS::ECR::Repository", "properties": properties}}

test_encrypted[type] if {
	some type in ["KMS", "KMS_DSSE"]
	rule.deny == set() with input as repository({"EncryptionConfiguration": {"EncryptionType": type}})
}

test_not_encrypted[name] if {
	some name, properties in {
		"missing": {},
		"default": {"EncryptionConfiguration": {"EncryptionType": "AES256"}},
		"only a key": {"EncryptionConfiguration": {"KmsKey": "${Key.Arn}"}},
	}
	rule.deny == {{
		"path": ["EncryptionConfiguration", "EncryptionType"],
		"message": "The repository is not encrypted with KMS.",
	}} with input as repository(properties)
}
