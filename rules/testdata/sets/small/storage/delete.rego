# METADATA
# title: Protected buckets are not deleted
# custom:
#   id: ACME_DELETE
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   actions: [DELETE]
#   non_waivable: true
package guardhook.storage.delete

deny contains finding if {
	input.resource.properties.ObjectLockEnabled == true
	finding := {"path": ["ObjectLockEnabled"], "message": "The bucket is protected."}
}
