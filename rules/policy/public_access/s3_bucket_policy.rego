# METADATA
# title: S3 bucket policy names who may use the bucket
# description: >-
#   A policy statement for everyone, without a condition that limits who they are, publishes the
#   bucket's objects, or lets strangers write to it.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: S3_BUCKET_POLICY_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::S3::BucketPolicy"]
#   remediation: >-
#     Name the accounts, roles or services in Principal, or add a condition such as aws:PrincipalOrgID
#     or aws:SourceArn. Publish content through CloudFront with an origin access control.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#     aws-guard-rules-registry:
#       - amazon_s3/s3_bucket_policy_no_wildcard_principal
#       - amazon_s3/s3_bucketpolicy_no_allow_plus_notprincipal
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.s3_bucket_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in exposure.places(["PolicyDocument"], input.resource.properties.PolicyDocument)
	finding := {
		"path": path,
		"message": "The bucket policy allows anyone, with no condition that restricts who.",
	}
}
