# METADATA
# title: Resource policy names who may use the resource
# description: >-
#   Streams, tables, vaults, access points, artifact repositories and search domains have policies of
#   their own. One for everyone, without a condition that limits who they are, opens the resource to
#   every AWS account.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
# custom:
#   id: RESOURCE_POLICY_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types:
#     - AWS::Backup::BackupVault
#     - AWS::CodeArtifact::Domain
#     - AWS::CodeArtifact::Repository
#     - AWS::DynamoDB::Table
#     - AWS::Elasticsearch::Domain
#     - AWS::Kinesis::ResourcePolicy
#     - AWS::OpenSearchService::Domain
#     - AWS::S3::AccessPoint
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
	input.resource.type == "AWS::Kinesis::ResourcePolicy"
	some path in exposure.places(["ResourcePolicy"], input.resource.properties.ResourcePolicy)
}
