# METADATA
# title: Stateful resource is kept when its stack goes
# description: >-
#   CloudFormation deletes a resource, and its data with it, when the stack is deleted or the resource
#   leaves the template, unless DeletionPolicy says otherwise. Only RDS databases are kept as a
#   snapshot by default. Buckets are left out: CloudFormation cannot delete one that holds objects.
# related_resources:
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
# custom:
#   id: DELETION_POLICY
#   severity: MEDIUM
#   scope: template
#   resource_types:
#     - AWS::Cognito::UserPool
#     - AWS::DocDB::DBCluster
#     - AWS::DynamoDB::GlobalTable
#     - AWS::DynamoDB::Table
#     - AWS::EC2::Volume
#     - AWS::EFS::FileSystem
#     - AWS::FSx::FileSystem
#     - AWS::KMS::Key
#     - AWS::Neptune::DBCluster
#     - AWS::OpenSearchService::Domain
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#     - AWS::Redshift::Cluster
#   remediation: Set DeletionPolicy to Retain, RetainExceptOnCreate or, where supported, Snapshot.
#   controls:
#     nist-800-53-r5: [CP-9, SI-12]
package guardhook.data_protection.deletion_policy

deny contains finding if {
	some id
	input.template.resources[id].type
	not kept(id)
	not copy(id)
	finding := {
		"resource": id,
		"path": [],
		"message": "The resource and its data are deleted with the stack: DeletionPolicy does not keep them.",
	}
}

kept(id) if input.template.resources[id].deletion_policy in {"Retain", "RetainExceptOnCreate", "Snapshot"}

kept(id) if {
	input.template.resources[id].type in {"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"}
	not input.template.resources[id].deletion_policy
}

# The data of an Aurora instance is the cluster's, that of a read replica the source's.
copy(id) if {
	input.template.resources[id].type == "AWS::RDS::DBInstance"
	input.template.resources[id].properties.DBClusterIdentifier
}

copy(id) if {
	input.template.resources[id].type == "AWS::RDS::DBInstance"
	input.template.resources[id].properties.SourceDBInstanceIdentifier
}
