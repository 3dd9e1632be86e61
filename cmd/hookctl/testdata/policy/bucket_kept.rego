# METADATA
# title: Bucket is not deleted
# custom:
#   id: BUCKET_KEPT
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   actions: [DELETE]
package guardhook.storage.bucket_kept

deny contains finding if {
	input.action == "DELETE"
	finding := {"path": [], "message": "The bucket would be deleted."}
}
