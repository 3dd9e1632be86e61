# METADATA
# title: Database is protected against deletion
# description: >-
#   With deletion protection a database cannot be deleted by accident, by a stack or by hand, until
#   someone turns the protection off.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
# custom:
#   id: DATABASE_DELETION_PROTECTION
#   severity: LOW
#   scope: resource
#   resource_types:
#     - AWS::DocDB::DBCluster
#     - AWS::Neptune::DBCluster
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#     - AWS::RDS::GlobalCluster
#   remediation: Set DeletionProtection to true.
#   controls:
#     nist-800-53-r5: [CM-3, CP-2, "SI-13(5)"]
#     aws-guard-rules-registry: [amazon_rds/rds_instance_deletion_protection_enabled]
package guardhook.data_protection.database_deletion_protection

deny contains finding if {
	not input.resource.properties.DeletionProtection == true
	not copy
	finding := {
		"path": ["DeletionProtection"],
		"message": "The database can be deleted: DeletionProtection is not true.",
	}
}

# Instances of a cluster cannot be protected themselves; the cluster is. A read replica is a copy.
copy if {
	input.resource.type == "AWS::RDS::DBInstance"
	input.resource.properties.DBClusterIdentifier
}

copy if {
	input.resource.type == "AWS::RDS::DBInstance"
	input.resource.properties.SourceDBInstanceIdentifier
}
