# METADATA
# title: Search domain encrypted at rest
# description: >-
#   The indexes, logs and automated snapshots of an OpenSearch or Elasticsearch domain are in clear text
#   unless it says otherwise.
# related_resources:
#   - https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html
# custom:
#   id: OPENSEARCH_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"]
#   remediation: Set EncryptionAtRestOptions.Enabled to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [opensearch_service/elasticsearch_encrypted_at_rest]
package guardhook.encryption.search_domain

deny contains finding if {
	not input.resource.properties.EncryptionAtRestOptions.Enabled == true
	finding := {
		"path": ["EncryptionAtRestOptions", "Enabled"],
		"message": "The data of the domain is not encrypted.",
	}
}
