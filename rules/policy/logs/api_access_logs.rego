# METADATA
# title: API stage writes access logs
# description: Without access logs nobody can tell who called an API, when, and with what outcome.
# related_resources:
#   - https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
# custom:
#   id: API_GATEWAY_ACCESS_LOGS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"]
#   remediation: >-
#     Set DestinationArn of AccessLogSetting (REST) or AccessLogSettings (HTTP and WebSocket) to a log
#     group.
#   controls:
#     nist-800-53-r5: [AU-2, AU-3, AU-12]
#     pci-dss-4: ["10.2.1"]
#     aws-guard-rules-registry:
#       - api_gateway/api_gw_stage_access_logging_rule
#       - api_gateway_v2/api_gwv2_access_logs_enabled
package guardhook.logs.api_access_logs

deny contains finding if {
	input.resource.type == "AWS::ApiGateway::Stage"
	not input.resource.properties.AccessLogSetting.DestinationArn
	finding := {
		"path": ["AccessLogSetting", "DestinationArn"],
		"message": "The stage writes no access logs.",
	}
}

deny contains finding if {
	input.resource.type == "AWS::ApiGatewayV2::Stage"
	not input.resource.properties.AccessLogSettings.DestinationArn
	finding := {
		"path": ["AccessLogSettings", "DestinationArn"],
		"message": "The stage writes no access logs.",
	}
}
