# METADATA
# title: DAX cluster encrypted
# description: >-
#   A DAX cluster caches the items of DynamoDB tables. Unlike the tables it keeps and serves them in clear
#   text, unless it is made otherwise.
# related_resources:
#   - https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAXEncryptionAtRest.html
#   - https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAXEncryptionInTransit.html
# custom:
#   id: DAX_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::DAX::Cluster"]
#   remediation: >-
#     Set SSESpecification.SSEEnabled to true and ClusterEndpointEncryptionType to TLS. Both replace the
#     cluster.
#   controls:
#     nist-800-53-r5: [SC-8, "SC-8(1)", SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1", "4.2.1"]
package guardhook.encryption.dax_cluster

deny contains finding if {
	not input.resource.properties.SSESpecification.SSEEnabled == true
	finding := {
		"path": ["SSESpecification", "SSEEnabled"],
		"message": "What the cluster caches is not encrypted at rest.",
	}
}

deny contains finding if {
	not input.resource.properties.ClusterEndpointEncryptionType == "TLS"
	finding := {
		"path": ["ClusterEndpointEncryptionType"],
		"message": "The endpoint of the cluster answers in clear text.",
	}
}
