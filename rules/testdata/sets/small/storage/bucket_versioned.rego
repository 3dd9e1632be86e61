# METADATA
# title: Bucket is versioned
# description: Versions bring back what was overwritten.
# related_resources:
#   - https://example.com/versioning
# custom:
#   id: ACME_BUCKET_VERSIONED
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::S3::Bucket"]
#   remediation: Set VersioningConfiguration.Status to Enabled.
#   controls: {acme: [A1, A2]}
package guardhook.storage.bucket_versioned

import data.guardhook.lib.acme

versioned if acme.on(input.resource.properties.VersioningConfiguration.Status)

deny contains finding if {
	not versioned
	finding := {"path": ["VersioningConfiguration", "Status"], "message": "The bucket is not versioned."}
}
