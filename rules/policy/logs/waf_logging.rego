# METADATA
# title: Web ACL writes logs
# description: >-
#   Without logs nobody can tell which requests a web ACL let through, counted and blocked. The rule looks
#   for the logging configuration in the template of the ACL.
# related_resources:
#   - https://docs.aws.amazon.com/waf/latest/developerguide/logging.html
# custom:
#   id: WAF_LOGGING
#   severity: LOW
#   scope: template
#   resource_types: ["AWS::WAFv2::WebACL", "AWS::WAFv2::LoggingConfiguration"]
#   remediation: Add an AWS::WAFv2::LoggingConfiguration with the ARN of the web ACL as ResourceArn.
#   controls:
#     nist-800-53-r5: [AU-2, AU-3, AU-12]
#     pci-dss-4: ["10.2.1"]
#     aws-guard-rules-registry: [aws_waf_v2/wafv2_logging_enabled]
package guardhook.logs.waf_logging

deny contains finding if {
	some id
	input.template.resources[id].type == "AWS::WAFv2::WebACL"
	not logged(id)
	finding := {
		"resource": id,
		"path": [],
		"message": "The web ACL has no logging configuration in this template.",
	}
}

logged(id) if {
	some configuration
	input.template.resources[configuration].type == "AWS::WAFv2::LoggingConfiguration"
	input.template.resources[configuration].properties.ResourceArn == sprintf("${%s.Arn}", [id])
}
