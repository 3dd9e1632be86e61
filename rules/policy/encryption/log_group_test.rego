package guardhook.encryption.log_group_test

import data.guardhook.encryption.log_group as rule

group(properties) := {"resource": {"type": "AWS::Logs::LogGroup", "properties": properties}}

no_key := {{
	"path": ["KmsKeyId"],
	"message": "The log group is not encrypted with a KMS key of the account.",
}}

test_key if {
	every key in ["arn:aws:kms:eu-west-1:111122223333:key/1234abcd", "${Key.Arn}"] {
		rule.deny == set() with input as group({"KmsKeyId": key})
	}
}

test_no_key if {
	rule.deny == no_key with input as group({})
	rule.deny == no_key with input as group({"KmsKeyId": ""})
	rule.deny == no_key with input as group({"KmsKeyId": null})
}
