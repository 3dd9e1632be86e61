# METADATA
# title: DMS instance is not public
# description: >-
#   A replication instance holds credentials of both databases and their rows in transit. DMS makes
#   it public unless it is told not to. The same is true of the instances of an instance profile.
# related_resources:
#   - https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.html
# custom:
#   id: DMS_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::DMS::ReplicationInstance", "AWS::DMS::InstanceProfile"]
#   remediation: Set PubliclyAccessible to false.
#   controls:
#     nist-800-53-r5: [AC-3, AC-4, AC-6, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [aws_dms/dms_replication_not_public]
package guardhook.public_access.dms_public

deny contains finding if {
	not private
	finding := {
		"path": ["PubliclyAccessible"],
		"message": "The instance is public, which is the default of PubliclyAccessible.",
	}
}

private if input.resource.properties.PubliclyAccessible == false
