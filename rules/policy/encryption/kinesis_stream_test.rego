package guardhook.encryption.kinesis_stream_test

import data.guardhook.encryption.kinesis_stream as rule

stream(properties) := {"resource": {"type": "AWS::Kinesis::Stream", "properties": properties}}

unencrypted := {{
	"path": ["StreamEncryption", "EncryptionType"],
	"message": "The stream does not encrypt its records with KMS.",
}}

no_key := {{
	"path": ["StreamEncryption", "KeyId"],
	"message": "The stream's encryption names no KMS key.",
}}

test_encrypted if {
	every key in ["alias/aws/kinesis", "${Key.Arn}"] {
		rule.deny == set() with input as stream({"StreamEncryption": {"EncryptionType": "KMS", "KeyId": key}})
	}
}

test_unencrypted if {
	every encryption in [{}, {"EncryptionType": "NONE"}, {"EncryptionType": ""}, {"KeyId": "${Key.Arn}"}, "odd"] {
		rule.deny == unencrypted with input as stream({"StreamEncryption": encryption})
	}
	rule.deny == unencrypted with input as stream({"ShardCount": 1})
}

test_no_key if {
	rule.deny == no_key with input as stream({"StreamEncryption": {"EncryptionType": "KMS"}})
	rule.deny == no_key with input as stream({"StreamEncryption": {"EncryptionType": "KMS", "KeyId": ""}})
}
