# METADATA
# title: Search domain is in a VPC
# description: >-
#   An OpenSearch or Elasticsearch domain outside of a VPC has an endpoint on the internet, and only its
#   access policy between strangers and the data. A domain cannot be moved into a VPC later.
# related_resources:
#   - https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
# custom:
#   id: OPENSEARCH_VPC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"]
#   remediation: Set SubnetIds and SecurityGroupIds of VPCOptions.
#   controls:
#     nist-800-53-r5: [AC-4, AC-6, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [opensearch_service/elasticsearch_in_vpc_only]
package guardhook.public_access.opensearch_vpc

deny contains finding if {
	not input.resource.properties.VPCOptions.SubnetIds[0]
	finding := {
		"path": ["VPCOptions", "SubnetIds"],
		"message": "The domain has an endpoint on the internet: it is in no VPC.",
	}
}
