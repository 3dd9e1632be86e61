package guardhook.encryption.sqs_queue_test

import data.guardhook.encryption.sqs_queue as rule

queue(properties) := {"resource": {"type": "AWS::SQS::Queue", "properties": properties}}

unset := {{
	"path": ["KmsMasterKeyId"],
	"message": "The queue names no KMS key and does not enable encryption with keys that SQS manages.",
}}

off := {{
	"path": ["SqsManagedSseEnabled"],
	"message": "The queue turns its encryption off and names no KMS key.",
}}

test_key if {
	every key in ["alias/aws/sqs", "${Key}"] {
		rule.deny == set() with input as queue({"KmsMasterKeyId": key})
		rule.deny == set() with input as queue({"KmsMasterKeyId": key, "SqsManagedSseEnabled": false})
	}
}

test_managed if {
	rule.deny == set() with input as queue({"SqsManagedSseEnabled": true})
	rule.deny == set() with input as queue({"SqsManagedSseEnabled": true, "KmsMasterKeyId": ""})
}

test_neither if {
	rule.deny == unset with input as queue({})
	rule.deny == unset with input as queue({"KmsMasterKeyId": ""})
	rule.deny == unset with input as queue({"SqsManagedSseEnabled": "${Managed}"})
}

test_off if {
	rule.deny == off with input as queue({"SqsManagedSseEnabled": false})
	rule.deny == off with input as queue({"SqsManagedSseEnabled": false, "KmsMasterKeyId": ""})
}
