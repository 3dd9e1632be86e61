# METADATA
# title: Bucket has no fixed name
# custom:
#   id: BUCKET_NAME
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   non_waivable: true
package guardhook.storage.bucket_name

deny contains finding if {
	input.resource.properties.BucketName
	finding := {"path": ["BucketName"], "message": "The bucket has a fixed name."}
}
