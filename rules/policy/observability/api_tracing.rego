# METADATA
# title: API stage is traced
# description: A trace shows where the time of a request went and which call behind the API failed.
# related_resources:
#   - https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
# custom:
#   id: API_GATEWAY_TRACING
#   severity: INFORMATIONAL
#   scope: resource
#   resource_types: ["AWS::ApiGateway::Stage"]
#   remediation: Set TracingEnabled to true.
#   controls:
#     nist-800-53-r5: [AU-12, SI-4]
package guardhook.observability.api_tracing

deny contains finding if {
	not input.resource.properties.TracingEnabled == true
	finding := {
		"path": ["TracingEnabled"],
		"message": "Requests to the stage are not traced.",
	}
}
