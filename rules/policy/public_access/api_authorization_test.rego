package guardhook.public_access.api_authorization_test

import data.guardhook.public_access.api_authorization as rule

method(properties) := {"resource": {
	"type": "AWS::ApiGateway::Method",
	"properties": object.union({"HttpMethod": "GET"}, properties),
}}

route(properties) := {"resource": {
	"type": "AWS::ApiGatewayV2::Route",
	"properties": object.union({"RouteKey": "GET /orders"}, properties),
}}

test_open_method[name] if {
	some name, properties in {
		"missing": {},
		"none": {"AuthorizationType": "NONE"},
		"empty": {"AuthorizationType": ""},
		"key, which is no authorisation": {"AuthorizationType": "NONE", "ApiKeyRequired": true},
	}
	rule.deny == {{
		"path": ["AuthorizationType"],
		"message": "Anyone may call the method: it has no authorisation.",
	}} with input as method(properties)
}

test_closed_method[name] if {
	some name, properties in {
		"iam": {"AuthorizationType": "AWS_IAM"},
		"custom": {"AuthorizationType": "CUSTOM", "AuthorizerId": "${Authorizer}"},
		"options": {"AuthorizationType": "NONE", "HttpMethod": "OPTIONS"},
	}
	rule.deny == set() with input as method(properties)
}

test_open_route[name] if {
	some name, properties in {
		"missing": {},
		"none": {"AuthorizationType": "NONE"},
		"any method": {"RouteKey": "ANY /{proxy+}"},
		"connect": {"RouteKey": "$connect"},
		"key, which HTTP APIs do not check": {"ApiKeyRequired": true},
	}
	rule.deny == {{
		"path": ["AuthorizationType"],
		"message": "Anyone may call the route: it has no authorisation.",
	}} with input as route(properties)
}

test_closed_route[name] if {
	some name, properties in {
		"iam": {"AuthorizationType": "AWS_IAM"},
		"jwt": {"AuthorizationType": "JWT"},
		"connect": {"RouteKey": "$connect", "AuthorizationType": "CUSTOM"},
		"options": {"RouteKey": "OPTIONS /orders"},
		"disconnect": {"RouteKey": "$disconnect"},
		"default": {"RouteKey": "$default"},
		"message": {"RouteKey": "sendMessage"},
	}
	rule.deny == set() with input as route(properties)
}
