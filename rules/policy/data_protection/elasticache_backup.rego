# METADATA
# title: ElastiCache replication group has snapshots
# description: >-
#   Without snapshots what is in the cache is lost with its nodes. Snapshots are off by default. A
#   cache that can be filled again from its source needs a waiver, no snapshots.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html
# custom:
#   id: ELASTICACHE_BACKUP
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::ElastiCache::ReplicationGroup"]
#   remediation: Set SnapshotRetentionLimit to the number of days to keep snapshots.
#   controls:
#     nist-800-53-r5: [CP-9, CP-10, "SI-13(5)"]
package guardhook.data_protection.elasticache_backup

deny contains finding if {
	not kept
	finding := {
		"path": ["SnapshotRetentionLimit"],
		"message": "Automatic snapshots of the replication group are off.",
	}
}

kept if {
	is_number(input.resource.properties.SnapshotRetentionLimit)
	input.resource.properties.SnapshotRetentionLimit > 0
}
