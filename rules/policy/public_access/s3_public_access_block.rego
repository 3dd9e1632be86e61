# METADATA
# title: S3 bucket and its access points block public access
# description: >-
#   The public access block keeps a bucket private whatever its policy and its ACLs say, now and
#   after later changes. It only does so with all four settings on. An access point has a block of its
#   own, which is on unless the template turns it off, and stays as it was made.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: S3_PUBLIC_ACCESS_BLOCK
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket", "AWS::S3::AccessPoint", "AWS::S3::MultiRegionAccessPoint"]
#   remediation: >-
#     Set BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls and RestrictPublicBuckets of
#     PublicAccessBlockConfiguration to true.
#   controls:
#     nist-800-53-r5: [AC-3, AC-4, AC-6, AC-21, SC-7]
#     cis-aws-foundations-3: ["2.1.4"]
#     cis-aws-foundations-4: ["2.1.4"]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [amazon_s3/s3_bucket_level_public_access_prohibited]
package guardhook.public_access.s3_public_access_block

settings := ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]

deny contains finding if {
	bucket
	not input.resource.properties.PublicAccessBlockConfiguration
	finding := {
		"path": ["PublicAccessBlockConfiguration"],
		"message": "The template sets no public access block for the bucket.",
	}
}

deny contains finding if {
	bucket
	input.resource.properties.PublicAccessBlockConfiguration
	some setting in settings
	not on(setting)
	finding := {
		"path": ["PublicAccessBlockConfiguration", setting],
		"message": sprintf("%s is not true, so the public access block has a gap.", [setting]),
	}
}

deny contains finding if {
	not bucket
	some setting in settings
	input.resource.properties.PublicAccessBlockConfiguration[setting] == false
	finding := {
		"path": ["PublicAccessBlockConfiguration", setting],
		"message": sprintf("%s is false, so the access point's public access block has a gap.", [setting]),
	}
}

on(setting) if input.resource.properties.PublicAccessBlockConfiguration[setting] == true

bucket if input.resource.type == "AWS::S3::Bucket"
