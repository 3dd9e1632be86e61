package guardhook.encryption.sns_topic_test

import data.guardhook.encryption.sns_topic as rule

topic(properties) := {"resource": {"type": "AWS::SNS::Topic", "properties": properties}}

unencrypted := {{
	"path": ["KmsMasterKeyId"],
	"message": "The topic does not encrypt its messages with a KMS key.",
}}

test_key if {
	every key in ["alias/aws/sns", "${Key.Arn}", "${KeyId}"] {
		rule.deny == set() with input as topic({"KmsMasterKeyId": key})
	}
}

test_no_key if {
	rule.deny == unencrypted with input as topic({})
	rule.deny == unencrypted with input as topic({"KmsMasterKeyId": ""})
	rule.deny == unencrypted with input as topic({"KmsMasterKeyId": null})
}
