# METADATA
# title: Database backups are kept long enough
# description: >-
#   Automated backups are what a database is restored from after a mistake or an attack. The default
#   of one day is gone before most mistakes are noticed, and 0 turns backups off. Instances of a
#   cluster and read replicas are left out: the cluster or the source has the backups.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
# custom:
#   id: DATABASE_BACKUP_RETENTION
#   severity: MEDIUM
#   scope: resource
#   resource_types:
#     - AWS::DocDB::DBCluster
#     - AWS::Neptune::DBCluster
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#   remediation: >-
#     Set BackupRetentionPeriod to at least the parameter data_protection.min_backup_retention_days.
#   controls:
#     nist-800-53-r5: [CP-9, CP-10, "SI-13(5)"]
#     aws-guard-rules-registry: [amazon_rds/db_instance_backup_enabled]
package guardhook.data_protection.database_backup

deny contains finding if {
	not long_enough
	not backed_up_elsewhere
	finding := {
		"path": ["BackupRetentionPeriod"],
		"message": sprintf(
			"Automated backups are not kept for at least %v days.",
			[data.params.data_protection.min_backup_retention_days],
		),
	}
}

default days := 1

days := input.resource.properties.BackupRetentionPeriod

long_enough if {
	is_number(days)
	days >= data.params.data_protection.min_backup_retention_days
}

backed_up_elsewhere if {
	input.resource.type == "AWS::RDS::DBInstance"
	input.resource.properties.DBClusterIdentifier
}

backed_up_elsewhere if input.resource.properties.SourceDBInstanceIdentifier

backed_up_elsewhere if input.resource.properties.SourceDBClusterIdentifier
