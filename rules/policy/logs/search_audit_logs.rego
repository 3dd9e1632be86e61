# METADATA
# title: Search domain writes audit logs
# description: >-
#   Audit logs of an OpenSearch or Elasticsearch domain say who signed in, what they read and what they
#   changed. They need fine-grained access control.
# related_resources:
#   - https://docs.aws.amazon.com/opensearch-service/latest/developerguide/audit-logs.html
# custom:
#   id: OPENSEARCH_AUDIT_LOGS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"]
#   remediation: >-
#     Set LogPublishingOptions.AUDIT_LOGS with Enabled true and CloudWatchLogsLogGroupArn, and enable audit
#     logs in the domain itself.
#   controls:
#     nist-800-53-r5: [AU-2, AU-3, AU-12]
#     pci-dss-4: ["10.2.1"]
#     aws-guard-rules-registry: [opensearch_service/opensearch_audit_logging_enabled]
package guardhook.logs.search_audit_logs

import data.guardhook.lib.value

logged if {
	input.resource.properties.LogPublishingOptions.AUDIT_LOGS.Enabled == true
	value.nonempty(input.resource.properties.LogPublishingOptions.AUDIT_LOGS.CloudWatchLogsLogGroupArn)
}

deny contains finding if {
	not logged
	finding := {
		"path": ["LogPublishingOptions", "AUDIT_LOGS"],
		"message": "The domain writes no audit logs.",
	}
}
