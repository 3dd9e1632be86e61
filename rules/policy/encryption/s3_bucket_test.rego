package guardhook.encryption.s3_bucket_test

import data.guardhook.encryption.s3_bucket as rule

bucket(properties) := {"resource": {"type": "AWS::S3::Bucket", "properties": properties}}

configuration(rules) := bucket({"BucketEncryption": {"ServerSideEncryptionConfiguration": rules}})

missing := {{
	"path": ["BucketEncryption", "ServerSideEncryptionConfiguration"],
	"message": "The template configures no encryption for the bucket.",
}}

algorithm(i) := {
	"path": ["BucketEncryption", "ServerSideEncryptionConfiguration", i, "ServerSideEncryptionByDefault", "SSEAlgorithm"],
	"message": "The encryption rule sets none of the algorithms aws:kms, aws:kms:dsse and AES256.",
}

test_algorithms if {
	every name in ["aws:kms", "aws:kms:dsse", "AES256"] {
		rule.deny == set() with input as configuration([{"ServerSideEncryptionByDefault": {"SSEAlgorithm": name}}])
	}
}

test_key_and_bucket_key if {
	rule.deny == set() with input as configuration([{
		"BucketKeyEnabled": true,
		"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "${Key.Arn}"},
	}])
}

test_missing if {
	rule.deny == missing with input as bucket({})
	rule.deny == missing with input as bucket({"BucketEncryption": {}})
	rule.deny == missing with input as bucket({"BucketEncryption": "odd"})
	rule.deny == missing with input as configuration([])
}

test_every_rule if {
	rule.deny == {algorithm(1), algorithm(2), algorithm(3), algorithm(4), algorithm(5)} with input as configuration([
		{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
		{"BucketKeyEnabled": true},
		{"ServerSideEncryptionByDefault": {"KMSMasterKeyID": "${Key.Arn}"}},
		{"ServerSideEncryptionByDefault": {"SSEAlgorithm": ""}},
		{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aes256"}},
		"odd",
	])
}
