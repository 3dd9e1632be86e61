package guardhook.logs.api_access_logs_test

import data.guardhook.logs.api_access_logs as rule

rest(properties) := {"resource": {"type": "AWS::ApiGateway::Stage", "properties": properties}}

http(properties) := {"resource": {"type": "AWS::ApiGatewayV2::Stage", "properties": properties}}

test_rest_without_logs[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"AccessLogSetting": {}},
		"name of the other kind": {"AccessLogSettings": {"DestinationArn": "${Logs.Arn}"}},
	}
	rule.deny == {{
		"path": ["AccessLogSetting", "DestinationArn"],
		"message": "The stage writes no access logs.",
	}} with input as rest(properties)
}

test_http_without_logs[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"AccessLogSettings": {}},
		"name of the other kind": {"AccessLogSetting": {"DestinationArn": "${Logs.Arn}"}},
	}
	rule.deny == {{
		"path": ["AccessLogSettings", "DestinationArn"],
		"message": "The stage writes no access logs.",
	}} with input as http(properties)
}

test_with_logs if {
	rule.deny == set() with input as rest({"AccessLogSetting": {"DestinationArn": "${Logs.Arn}"}})
	rule.deny == set() with input as http({"AccessLogSettings": {"DestinationArn": "${Logs.Arn}"}})
}
