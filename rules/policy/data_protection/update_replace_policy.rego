# METADATA
# title: Stateful resource is kept when an update replaces it
# description: >-
#   Some property changes make CloudFormation create a new resource and delete the old one with its
#   data. DeletionPolicy does not apply then, and the default of UpdateReplacePolicy is Delete.
# related_resources:
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html
# custom:
#   id: UPDATE_REPLACE_POLICY
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
#   remediation: Set UpdateReplacePolicy to Retain or, where supported, Snapshot.
#   controls:
#     nist-800-53-r5: [CP-9, SI-12]
package guardhook.data_protection.update_replace_policy

deny contains finding if {
	some id
	input.template.resources[id].type
	not kept(id)
	not copy(id)
	finding := {
		"resource": id,
		"path": [],
		"message": "An update that replaces the resource deletes its data: UpdateReplacePolicy does not keep them.",
	}
}

kept(id) if input.template.resources[id].update_replace_policy in {"Retain", "Snapshot"}

# The data of an Aurora instance is the cluster's, that of a read replica the source's.
copy(id) if {
	input.template.resources[id].type == "AWS::RDS::DBInstance"
	input.template.resources[id].properties.DBClusterIdentifier
}

copy(id) if {
	input.template.resources[id].type == "AWS::RDS::DBInstance"
	input.template.resources[id].properties.SourceDBInstanceIdentifier
}
