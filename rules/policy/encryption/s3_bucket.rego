# METADATA
# title: S3 bucket encrypted at rest
# description: >-
#   Since 2023 S3 encrypts new objects by default, but only an explicit configuration says with which
#   key, and survives a review. Every rule of the configuration has to name an algorithm.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
# custom:
#   id: S3_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: >-
#     Set BucketEncryption with a rule whose ServerSideEncryptionByDefault.SSEAlgorithm is aws:kms,
#     aws:kms:dsse or AES256.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_s3/s3_bucket_server_side_encryption_enabled]
package guardhook.encryption.s3_bucket

configured if count(input.resource.properties.BucketEncryption.ServerSideEncryptionConfiguration) > 0

encrypts(rule) if rule.ServerSideEncryptionByDefault.SSEAlgorithm in {"aws:kms", "aws:kms:dsse", "AES256"}

deny contains finding if {
	not configured
	finding := {
		"path": ["BucketEncryption", "ServerSideEncryptionConfiguration"],
		"message": "The template configures no encryption for the bucket.",
	}
}

deny contains finding if {
	configured
	some i, rule in input.resource.properties.BucketEncryption.ServerSideEncryptionConfiguration
	not encrypts(rule)
	finding := {
		"path": [
			"BucketEncryption",
			"ServerSideEncryptionConfiguration",
			i,
			"ServerSideEncryptionByDefault",
			"SSEAlgorithm",
		],
		"message": "The encryption rule sets none of the algorithms aws:kms, aws:kms:dsse and AES256.",
	}
}
