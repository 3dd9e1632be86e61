# METADATA
# title: EFS file system is backed up
# description: A file system without backups cannot be restored after files are deleted or encrypted.
# related_resources:
#   - https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html
# custom:
#   id: EFS_BACKUP
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::EFS::FileSystem"]
#   remediation: Set BackupPolicy.Status to ENABLED.
#   controls:
#     nist-800-53-r5: [CP-9, CP-10, "SI-13(5)"]
package guardhook.data_protection.efs_backup

deny contains finding if {
	not input.resource.properties.BackupPolicy.Status == "ENABLED"
	finding := {
		"path": ["BackupPolicy", "Status"],
		"message": "Automatic backups of the file system are off.",
	}
}
