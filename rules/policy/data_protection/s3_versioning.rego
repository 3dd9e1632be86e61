# METADATA
# title: S3 bucket keeps versions
# description: An object that is overwritten or deleted is gone, unless the bucket keeps versions.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
# custom:
#   id: S3_VERSIONING
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: >-
#     Set VersioningConfiguration.Status to Enabled, with a lifecycle rule that expires noncurrent
#     versions.
#   controls:
#     nist-800-53-r5: ["AU-9(2)", CP-9, CP-10, "SI-13(5)"]
#     pci-dss-4: ["10.3.3"]
#     aws-guard-rules-registry: [amazon_s3/s3_bucket_versioning_enabled]
package guardhook.data_protection.s3_versioning

deny contains finding if {
	not versioned
	finding := {
		"path": ["VersioningConfiguration", "Status"],
		"message": "The bucket does not keep versions of its objects.",
	}
}

versioned if input.resource.properties.VersioningConfiguration.Status == "Enabled"
