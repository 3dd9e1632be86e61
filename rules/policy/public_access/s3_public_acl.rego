# METADATA
# title: S3 bucket has no public canned ACL
# description: >-
#   The canned ACLs PublicRead, PublicReadWrite and AuthenticatedRead open a bucket to the internet
#   or to every AWS account. Bucket policies and the public access block replace them.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
# custom:
#   id: S3_PUBLIC_ACL
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: Remove AccessControl, and grant access to named principals with a bucket policy.
#   controls:
#     nist-800-53-r5: [AC-3, AC-4, AC-6, AC-21, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [amazon_s3/s3_bucket_public_read_acl, amazon_s3/s3_bucket_public_rw_acl]
package guardhook.public_access.s3_public_acl

audience := {
	"PublicRead": "lets anyone read the bucket",
	"PublicReadWrite": "lets anyone read and write the bucket",
	"AuthenticatedRead": "lets every AWS account read the bucket",
}

deny contains finding if {
	some acl in ["PublicRead", "PublicReadWrite", "AuthenticatedRead"]
	input.resource.properties.AccessControl == acl
	finding := {
		"path": ["AccessControl"],
		"message": sprintf("The canned ACL %s %s.", [acl, audience[acl]]),
	}
}
