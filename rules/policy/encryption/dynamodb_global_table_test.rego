package guardhook.encryption.dynamodb_global_table_test

import data.guardhook.encryption.dynamodb_global_table as rule

table(properties) := {"resource": {"type": "AWS::DynamoDB::GlobalTable", "properties": properties}}

enabled(replicas) := table({"SSESpecification": {"SSEEnabled": true, "SSEType": "KMS"}, "Replicas": replicas})

disabled := {{
	"path": ["SSESpecification", "SSEEnabled"],
	"message": "The replicas of the global table are not encrypted with KMS keys of the account.",
}}

test_enabled if {
	rule.deny == set() with input as enabled([{"Region": "eu-west-1"}, {"Region": "eu-central-1"}])
	rule.deny == set() with input as table({"SSESpecification": {"SSEEnabled": true}})
}

test_key_per_replica if {
	rule.deny == set() with input as enabled([
		{"Region": "eu-west-1", "SSESpecification": {"KMSMasterKeyId": "${Key.Arn}"}},
		{"Region": "eu-central-1", "SSESpecification": {"KMSMasterKeyId": "${OtherKeyArn}"}},
	])
}

test_not_enabled if {
	every specification in [{}, {"SSEEnabled": false}, {"SSEType": "KMS"}, "odd"] {
		rule.deny == disabled with input as table({"SSESpecification": specification})
	}
	rule.deny == disabled with input as table({})
}

test_disabled_says_nothing_of_replicas if {
	rule.deny == disabled with input as table({"Replicas": [
		{"Region": "eu-west-1", "SSESpecification": {"KMSMasterKeyId": "${Key.Arn}"}},
		{"Region": "eu-central-1"},
	]})
}

test_other_type if {
	rule.deny == {{
		"path": ["SSESpecification", "SSEType"],
		"message": "KMS is the only server-side encryption type that DynamoDB supports.",
	}} with input as table({"SSESpecification": {"SSEEnabled": true, "SSEType": "AES256"}})
}

test_forgotten_replicas if {
	message := "The replica has no customer managed key, while another replica of the table has one."
	rule.deny == {
		{"path": ["Replicas", 1, "SSESpecification", "KMSMasterKeyId"], "message": message},
		{"path": ["Replicas", 2, "SSESpecification", "KMSMasterKeyId"], "message": message},
	} with input as enabled([
		{"Region": "eu-west-1", "SSESpecification": {"KMSMasterKeyId": "${Key.Arn}"}},
		{"Region": "eu-central-1"},
		{"Region": "eu-north-1", "SSESpecification": {"KMSMasterKeyId": ""}},
	])
}
