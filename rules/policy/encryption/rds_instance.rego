# METADATA
# title: RDS instance encrypted at rest
# description: >-
#   The storage, backups and snapshots of an instance without StorageEncrypted are in clear text, and
#   stay so until it is replaced. Members of a cluster, read replicas and restored instances take the
#   setting from their origin and are left out, unless they turn it off.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html#cfn-rds-dbinstance-storageencrypted
# custom:
#   id: RDS_INSTANCE_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::RDS::DBInstance"]
#   remediation: Set StorageEncrypted to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     cis-aws-foundations-3: ["2.3.1"]
#     cis-aws-foundations-4: ["2.2.1"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_rds/rds_storage_encrypted]
package guardhook.encryption.rds_instance

import data.guardhook.lib.value

member if value.nonempty(input.resource.properties.DBClusterIdentifier)

inherits if value.nonempty(input.resource.properties.DBSnapshotIdentifier)

inherits if value.nonempty(input.resource.properties.DBClusterSnapshotIdentifier)

inherits if value.nonempty(input.resource.properties.SourceDBInstanceIdentifier)

inherits if value.nonempty(input.resource.properties.SourceDBClusterIdentifier)

inherits if value.nonempty(input.resource.properties.SourceDbiResourceId)

inherits if value.nonempty(input.resource.properties.SourceDBInstanceAutomatedBackupsArn)

explicit if value.is_set(input.resource.properties.StorageEncrypted)

origin_decides if {
	inherits
	not explicit
}

deny contains finding if {
	not member
	not origin_decides
	not input.resource.properties.StorageEncrypted == true
	finding := {
		"path": ["StorageEncrypted"],
		"message": "The storage of the DB instance is not encrypted.",
	}
}
