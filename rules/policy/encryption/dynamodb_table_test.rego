package guardhook.encryption.dynamodb_table_test

import data.guardhook.encryption.dynamodb_table as rule

table(properties) := {"resource": {"type": "AWS::DynamoDB::Table", "properties": properties}}

disabled := {{
	"path": ["SSESpecification", "SSEEnabled"],
	"message": "The table is not encrypted with a KMS key of the account.",
}}

test_enabled if {
	every specification in [
		{"SSEEnabled": true},
		{"SSEEnabled": true, "SSEType": "KMS"},
		{"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "${Key.Arn}"},
	] {
		rule.deny == set() with input as table({"SSESpecification": specification})
	}
}

test_not_enabled if {
	every specification in [
		{},
		{"SSEEnabled": false},
		{"SSEEnabled": "${Sse}"},
		{"SSEType": "KMS", "KMSMasterKeyId": "${Key.Arn}"},
		"odd",
	] {
		rule.deny == disabled with input as table({"SSESpecification": specification})
	}
}

test_missing if {
	rule.deny == disabled with input as table({"TableName": "orders"})
}

test_other_type if {
	rule.deny == {{
		"path": ["SSESpecification", "SSEType"],
		"message": "KMS is the only server-side encryption type that DynamoDB supports.",
	}} with input as table({"SSESpecification": {"SSEEnabled": true, "SSEType": "AES256"}})
}
