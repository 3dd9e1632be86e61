package guardhook.logs.search_audit_logs_test

import data.guardhook.logs.search_audit_logs as rule

domain(options) := {"resource": {
	"type": "AWS::OpenSearchService::Domain",
	"properties": {"LogPublishingOptions": options},
}}

on := {"Enabled": true, "CloudWatchLogsLogGroupArn": "${Logs.Arn}"}

test_logged if {
	rule.deny == set() with input as domain({"AUDIT_LOGS": on})
}

test_not_logged[name] if {
	some name, options in {
		"nothing": {},
		"other logs": {"ES_APPLICATION_LOGS": on, "INDEX_SLOW_LOGS": on},
		"off": {"AUDIT_LOGS": {"Enabled": false, "CloudWatchLogsLogGroupArn": "${Logs.Arn}"}},
		"nowhere": {"AUDIT_LOGS": {"Enabled": true, "CloudWatchLogsLogGroupArn": ""}},
		"no group": {"AUDIT_LOGS": {"Enabled": true}},
	}
	rule.deny == {{
		"path": ["LogPublishingOptions", "AUDIT_LOGS"],
		"message": "The domain writes no audit logs.",
	}} with input as domain(options)
}
