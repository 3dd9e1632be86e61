# METADATA
# title: Resource policy names who may use the resource
# description: >-
#   Streams, tables, vaults, access points, event buses, log groups, clusters, artifact repositories and
#   search domains have policies of their own. One for everyone, without a condition that limits who they
#   are, opens the resource to every AWS account.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
# custom:
#   id: RESOURCE_POLICY_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types:
#     - AWS::Backup::BackupVault
#     - AWS::CloudTrail::ResourcePolicy
#     - AWS::CodeArtifact::Domain
#     - AWS::CodeArtifact::Repository
#     - AWS::DynamoDB::GlobalTable
#     - AWS::DynamoDB::Table
#     - AWS::Elasticsearch::Domain
#     - AWS::EventSchemas::RegistryPolicy
#     - AWS::Events::EventBus
#     - AWS::Events::EventBusPolicy
#     - AWS::FSx::S3AccessPointAttachment
#     - AWS::Kinesis::ResourcePolicy
#     - AWS::Logs::Destination
#     - AWS::Logs::LogGroup
#     - AWS::Logs::ResourcePolicy
#     - AWS::MSK::ClusterPolicy
#     - AWS::OpenSearchService::Domain
#     - AWS::Redshift::Cluster
#     - AWS::RedshiftServerless::Namespace
#     - AWS::S3::AccessPoint
#     - AWS::S3::MultiRegionAccessPointPolicy
#     - AWS::S3Express::BucketPolicy
#     - AWS::S3ObjectLambda::AccessPointPolicy
#     - AWS::S3Outposts::AccessPoint
#     - AWS::S3Outposts::BucketPolicy
#     - AWS::SSM::ResourcePolicy
#   remediation: >-
#     Name the accounts, roles or services in Principal, or add a condition on aws:PrincipalOrgID or
#     aws:SourceArn.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.resource_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in open_places
	finding := {
		"path": path,
		"message": "The resource policy allows anyone, with no condition that restricts who.",
	}
}

open_places contains path if {
	some path in exposure.places(["AccessPolicy"], input.resource.properties.AccessPolicy)
}

open_places contains path if {
	some path in exposure.places(["AccessPolicies"], input.resource.properties.AccessPolicies)
}

open_places contains path if {
	some path in exposure.places(["PermissionsPolicyDocument"], input.resource.properties.PermissionsPolicyDocument)
}

open_places contains path if {
	some path in exposure.places(["Policy"], input.resource.properties.Policy)
}

# A table has its document one level deeper than a stream, in a property of the same name.
open_places contains path if {
	input.resource.type == "AWS::DynamoDB::Table"
	document := input.resource.properties.ResourcePolicy.PolicyDocument
	some path in exposure.places(["ResourcePolicy", "PolicyDocument"], document)
}

open_places contains path if {
	input.resource.type == "AWS::DynamoDB::Table"
	document := input.resource.properties.StreamSpecification.ResourcePolicy.PolicyDocument
	some path in exposure.places(["StreamSpecification", "ResourcePolicy", "PolicyDocument"], document)
}

open_places contains path if {
	some i
	document := input.resource.properties.Replicas[i].ResourcePolicy.PolicyDocument
	some path in exposure.places(["Replicas", i, "ResourcePolicy", "PolicyDocument"], document)
}

open_places contains path if {
	some i
	document := input.resource.properties.Replicas[i].ReplicaStreamSpecification.ResourcePolicy.PolicyDocument
	at := ["Replicas", i, "ReplicaStreamSpecification", "ResourcePolicy", "PolicyDocument"]
	some path in exposure.places(at, document)
}

open_places contains path if {
	input.resource.type in {"AWS::Kinesis::ResourcePolicy", "AWS::CloudTrail::ResourcePolicy"}
	some path in exposure.places(["ResourcePolicy"], input.resource.properties.ResourcePolicy)
}

open_places contains path if {
	some path in exposure.places(["PolicyDocument"], input.resource.properties.PolicyDocument)
}

open_places contains path if {
	some path in exposure.places(["DestinationPolicy"], input.resource.properties.DestinationPolicy)
}

open_places contains path if {
	some path in exposure.places(["ResourcePolicyDocument"], input.resource.properties.ResourcePolicyDocument)
}

open_places contains path if {
	some path in exposure.places(["NamespaceResourcePolicy"], input.resource.properties.NamespaceResourcePolicy)
}

# The access point of a file system.
open_places contains path if {
	some path in exposure.places(["S3AccessPoint", "Policy"], input.resource.properties.S3AccessPoint.Policy)
}

# The policy of an event bus is one statement, or its older form: an account, or everyone in an organization.
open_places contains path if {
	input.resource.type == "AWS::Events::EventBusPolicy"
	some path in exposure.places([], {"Statement": input.resource.properties.Statement})
}

open_places contains ["Principal"] if {
	input.resource.type == "AWS::Events::EventBusPolicy"
	input.resource.properties.Principal == "*"
	not input.resource.properties.Condition
}
