# METADATA
# title: Bucket is encrypted
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/BUCKET_ENCRYPTED
# custom:
#   id: BUCKET_ENCRYPTED
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: Set BucketEncryption.
package guardhook.acme.encrypted

deny contains finding if {
	not input.resource.properties.BucketEncryption
	finding := {"path": ["BucketEncryption"], "message": "The bucket is not encrypted."}
}
