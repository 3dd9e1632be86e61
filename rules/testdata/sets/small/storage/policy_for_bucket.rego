# METADATA
# title: Every bucket has a policy
# custom:
#   id: ACME_BUCKET_POLICY
#   severity: MEDIUM
#   scope: template
#   resource_types: ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]
package guardhook.storage.policy_for_bucket

deny contains finding if {
	some id
	input.template.resources[id].type == "AWS::S3::Bucket"
	not guarded[id]
	finding := {"resource": id, "path": [], "message": "The bucket has no policy."}
}

guarded contains id if {
	some policy, id
	input.template.resources[id].type == "AWS::S3::Bucket"
	input.template.resources[policy].type == "AWS::S3::BucketPolicy"
	input.template.resources[policy].properties.Bucket == sprintf("${%s}", [id])
}
