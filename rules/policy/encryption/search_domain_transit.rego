# METADATA
# title: Search domain encrypts its connections
# description: >-
#   The nodes of an OpenSearch or Elasticsearch domain talk in clear text, and its endpoint answers HTTP,
#   unless the domain says otherwise. Policies of TLS 1.0 and 1.1 accept what is broken.
# related_resources:
#   - https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ntn.html
#   - https://docs.aws.amazon.com/opensearch-service/latest/developerguide/infrastructure-security.html
# custom:
#   id: OPENSEARCH_TLS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"]
#   remediation: >-
#     Set NodeToNodeEncryptionOptions.Enabled and DomainEndpointOptions.EnforceHTTPS to true, and
#     TLSSecurityPolicy to Policy-Min-TLS-1-2-PFS-2023-10.
#   controls:
#     nist-800-53-r5: [AC-4, SC-8, "SC-8(1)", SC-13, SC-23]
#     pci-dss-4: ["4.2.1"]
#     aws-guard-rules-registry:
#       - opensearch_service/elasticsearch_node_to_node_encryption_check
#       - opensearch_service/opensearch_https_required
#       - opensearch_service/opensearch_node_to_node_encryption_check
package guardhook.encryption.search_domain_transit

deny contains finding if {
	not input.resource.properties.NodeToNodeEncryptionOptions.Enabled == true
	finding := {
		"path": ["NodeToNodeEncryptionOptions", "Enabled"],
		"message": "The nodes of the domain talk to each other in clear text.",
	}
}

deny contains finding if {
	not input.resource.properties.DomainEndpointOptions.EnforceHTTPS == true
	finding := {
		"path": ["DomainEndpointOptions", "EnforceHTTPS"],
		"message": "The endpoint of the domain answers HTTP.",
	}
}

deny contains finding if {
	input.resource.properties.DomainEndpointOptions.EnforceHTTPS == true
	not modern
	finding := {
		"path": ["DomainEndpointOptions", "TLSSecurityPolicy"],
		"message": "The endpoint of the domain accepts TLS 1.0 and 1.1.",
	}
}

modern if startswith(input.resource.properties.DomainEndpointOptions.TLSSecurityPolicy, "Policy-Min-TLS-1-2-")
