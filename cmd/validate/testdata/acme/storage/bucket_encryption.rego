# METADATA
# title: Bucket encrypted
# description: Objects are readable by whoever gets at the disk, unless they are encrypted.
# custom:
#   id: BUCKET_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: Set BucketEncryption.
package guardhook.storage.bucket_encryption

encrypted if count(input.resource.properties.BucketEncryption.ServerSideEncryptionConfiguration) > 0

deny contains finding if {
	not encrypted
	finding := {"path": ["BucketEncryption"], "message": "The bucket is not encrypted."}
}
