# METADATA
# title: ElastiCache replication group encrypted
# description: >-
#   A replication group keeps its data, and serves it, in clear text unless it says otherwise; both are
#   settled when it is made. A secondary group of a global datastore takes them from the primary.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
#   - https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
# custom:
#   id: ELASTICACHE_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::ElastiCache::ReplicationGroup"]
#   remediation: >-
#     Set AtRestEncryptionEnabled and TransitEncryptionEnabled to true, and leave TransitEncryptionMode
#     out or at required.
#   controls:
#     nist-800-53-r5: [SC-8, "SC-8(1)", SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1", "4.2.1"]
#     aws-guard-rules-registry: [elasticache/elasticache_replication_group_transit_encryption]
package guardhook.encryption.elasticache

import data.guardhook.lib.value

secondary if value.nonempty(input.resource.properties.GlobalReplicationGroupId)

# A secondary group may leave a setting out, and not turn it off.
at_rest if input.resource.properties.AtRestEncryptionEnabled == true

at_rest if {
	secondary
	not input.resource.properties.AtRestEncryptionEnabled == false
}

in_transit if input.resource.properties.TransitEncryptionEnabled == true

in_transit if {
	secondary
	not input.resource.properties.TransitEncryptionEnabled == false
}

deny contains finding if {
	not at_rest
	finding := {
		"path": ["AtRestEncryptionEnabled"],
		"message": "The data of the replication group is not encrypted at rest.",
	}
}

deny contains finding if {
	not in_transit
	finding := {
		"path": ["TransitEncryptionEnabled"],
		"message": "The connections to the replication group are not encrypted.",
	}
}

deny contains finding if {
	in_transit
	input.resource.properties.TransitEncryptionMode == "preferred"
	finding := {
		"path": ["TransitEncryptionMode"],
		"message": "The replication group accepts connections that are not encrypted.",
	}
}
