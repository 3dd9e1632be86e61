# METADATA
# title: Bucket blocks public access
# description: A rule of the tests.
# related_resources:
#   - https://example.com/rules/BUCKET_PUBLIC
# custom:
#   id: BUCKET_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: Set all four settings to true.
package guardhook.acme.blocked

settings := ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]

deny contains finding if {
	some setting in settings
	not input.resource.properties.PublicAccessBlockConfiguration[setting] == true
	finding := {"path": ["PublicAccessBlockConfiguration", setting], "message": sprintf("%s is not true.", [setting])}
}
