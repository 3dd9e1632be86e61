# METADATA
# title: API asks who is calling
# description: >-
#   A method or route without authorisation can be called by anyone who finds its address. An API key
#   is for counting use and does not authorise. OPTIONS is left out, since browsers ask it without
#   credentials, and so are the routes of WebSocket APIs but $connect, which cannot be authorised, and
#   the route $default, which both kinds of API have.
# related_resources:
#   - https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
#   - https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
# custom:
#   id: API_GATEWAY_AUTHORIZATION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"]
#   remediation: Set AuthorizationType to AWS_IAM, to JWT or to an authorizer.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6]
#     pci-dss-4: ["7.2.1"]
#     aws-guard-rules-registry: [api_gateway/api_gw_method_authorization_type_rule]
package guardhook.public_access.api_authorization

deny contains finding if {
	input.resource.type == "AWS::ApiGateway::Method"
	not authorized
	not input.resource.properties.HttpMethod == "OPTIONS"
	finding := {
		"path": ["AuthorizationType"],
		"message": "Anyone may call the method: it has no authorisation.",
	}
}

deny contains finding if {
	input.resource.type == "AWS::ApiGatewayV2::Route"
	not authorized
	authorizable
	finding := {
		"path": ["AuthorizationType"],
		"message": "Anyone may call the route: it has no authorisation.",
	}
}

authorized if {
	input.resource.properties.AuthorizationType != ""
	input.resource.properties.AuthorizationType != "NONE"
}

authorizable if input.resource.properties.RouteKey == "$connect"

authorizable if {
	contains(input.resource.properties.RouteKey, " /")
	not options
}

options if startswith(input.resource.properties.RouteKey, "OPTIONS ")
