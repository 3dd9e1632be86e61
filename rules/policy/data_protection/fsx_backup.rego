# METADATA
# title: FSx file system is backed up
# description: >-
#   A file system without backups cannot be restored after files are deleted or encrypted. A
#   retention of 0 days turns automatic backups off, which is the default of persistent Lustre file
#   systems. Scratch file systems have no backups.
# related_resources:
#   - https://docs.aws.amazon.com/fsx/latest/ONTAPGuide/using-backups.html
#   - https://docs.aws.amazon.com/fsx/latest/LustreGuide/using-backups-fsx.html
# custom:
#   id: FSX_BACKUP
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::FSx::FileSystem"]
#   remediation: Set AutomaticBackupRetentionDays of the file system's configuration to at least 1.
#   controls:
#     nist-800-53-r5: [CP-9, CP-10, "SI-13(5)"]
package guardhook.data_protection.fsx_backup

message := "Automatic backups of the file system are off."

deny contains finding if {
	input.resource.properties.OntapConfiguration.AutomaticBackupRetentionDays == 0
	finding := {"path": ["OntapConfiguration", "AutomaticBackupRetentionDays"], "message": message}
}

deny contains finding if {
	input.resource.properties.OpenZFSConfiguration.AutomaticBackupRetentionDays == 0
	finding := {"path": ["OpenZFSConfiguration", "AutomaticBackupRetentionDays"], "message": message}
}

deny contains finding if {
	input.resource.properties.WindowsConfiguration.AutomaticBackupRetentionDays == 0
	finding := {"path": ["WindowsConfiguration", "AutomaticBackupRetentionDays"], "message": message}
}

deny contains finding if {
	input.resource.properties.LustreConfiguration.DeploymentType in {"PERSISTENT_1", "PERSISTENT_2"}
	not lustre_backups
	finding := {"path": ["LustreConfiguration", "AutomaticBackupRetentionDays"], "message": message}
}

lustre_backups if input.resource.properties.LustreConfiguration.AutomaticBackupRetentionDays > 0
