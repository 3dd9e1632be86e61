# METADATA
# title: Redshift snapshots are kept long enough
# description: >-
#   Automated snapshots are what a warehouse is restored from. The default of one day is gone before
#   most mistakes are noticed, and 0 turns snapshots off.
# related_resources:
#   - https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-snapshots.html
# custom:
#   id: REDSHIFT_BACKUP_RETENTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Redshift::Cluster"]
#   remediation: >-
#     Set AutomatedSnapshotRetentionPeriod to at least the parameter
#     data_protection.min_backup_retention_days.
#   controls:
#     nist-800-53-r5: [CP-9, CP-10, "SI-13(5)"]
#     aws-guard-rules-registry: [amazon_redshift/redshift_backup_enabled]
package guardhook.data_protection.redshift_backup

deny contains finding if {
	not long_enough
	finding := {
		"path": ["AutomatedSnapshotRetentionPeriod"],
		"message": sprintf(
			"Automated snapshots are not kept for at least %v days.",
			[data.params.data_protection.min_backup_retention_days],
		),
	}
}

default days := 1

days := input.resource.properties.AutomatedSnapshotRetentionPeriod

long_enough if {
	is_number(days)
	days >= data.params.data_protection.min_backup_retention_days
}
