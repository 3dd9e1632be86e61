package guardhook.logs.waf_logging_test

import data.guardhook.logs.waf_logging as rule

template(resources) := {"template": {"resources": resources}}

acl := {"type": "AWS::WAFv2::WebACL", "properties": {"Scope": "REGIONAL"}}

log(arn) := {
	"type": "AWS::WAFv2::LoggingConfiguration",
	"properties": {"ResourceArn": arn, "LogDestinationConfigs": ["${Logs.Arn}"]},
}

finding := {
	"resource": "Wall",
	"path": [],
	"message": "The web ACL has no logging configuration in this template.",
}

test_not_logged[name] if {
	some name, resources in {
		"no configuration": {"Wall": acl},
		"of another ACL": {"Wall": acl, "Log": log("${Other.Arn}")},
	}
	rule.deny == {finding} with input as template(resources)
}

test_logged if {
	rule.deny == set() with input as template({"Wall": acl, "Log": log("${Wall.Arn}")})
	rule.deny == {finding} with input as template({"Wall": acl, "Other": acl, "Log": log("${Other.Arn}")})
}

test_no_acl if {
	rule.deny == set() with input as template({"Log": log("${Wall.Arn}")})
}
