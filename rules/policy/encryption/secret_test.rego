package guardhook.encryption.secret_test

import data.guardhook.encryption.secret as rule

secret(properties) := {"resource": {"type": "AWS::SecretsManager::Secret", "properties": properties}}

test_key[key] if {
	some key in ["alias/secrets", "${Key}", "arn:aws:kms:eu-west-1:111122223333:key/1"]
	rule.deny == set() with input as secret({"KmsKeyId": key})
}

test_no_key[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"KmsKeyId": ""},
		"alias of AWS": {"KmsKeyId": "alias/aws/secretsmanager"},
		"its ARN": {"KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:alias/aws/secretsmanager"},
	}
	rule.deny == {{
		"path": ["KmsKeyId"],
		"message": "The secret is not encrypted with a KMS key of the account.",
	}} with input as secret(properties)
}
