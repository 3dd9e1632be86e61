# METADATA
# title: RDS cluster encrypted at rest
# description: >-
#   The storage, backups and snapshots of a cluster without StorageEncrypted are in clear text, and stay
#   so until it is replaced. Restored clusters and replicas take the setting from their origin and are
#   left out, unless they turn it off.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html#cfn-rds-dbcluster-storageencrypted
# custom:
#   id: RDS_CLUSTER_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::RDS::DBCluster", "AWS::RDS::GlobalCluster"]
#   remediation: Set StorageEncrypted to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     cis-aws-foundations-3: ["2.3.1"]
#     cis-aws-foundations-4: ["2.2.1"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_rds/rds_storage_encrypted]
package guardhook.encryption.rds_cluster

import data.guardhook.lib.value

inherits if value.nonempty(input.resource.properties.SnapshotIdentifier)

inherits if value.nonempty(input.resource.properties.SourceDBClusterIdentifier)

inherits if value.nonempty(input.resource.properties.SourceDbClusterResourceId)

inherits if value.nonempty(input.resource.properties.ReplicationSourceIdentifier)

explicit if value.is_set(input.resource.properties.StorageEncrypted)

origin_decides if {
	inherits
	not explicit
}

deny contains finding if {
	not origin_decides
	not input.resource.properties.StorageEncrypted == true
	finding := {
		"path": ["StorageEncrypted"],
		"message": "The storage of the DB cluster is not encrypted.",
	}
}
