package guardhook.storage.bucket_encryption_test

import data.guardhook.storage.bucket_encryption as rule

bucket(properties) := {"resource": {"id": "Reports", "type": "AWS::S3::Bucket", "properties": properties}}

test_without if {
	count(rule.deny) == 1 with input as bucket({})
}

test_with if {
	by_default := {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
	encryption := {"ServerSideEncryptionConfiguration": [by_default]}
	count(rule.deny) == 0 with input as bucket({"BucketEncryption": encryption})
}
