package guardhook.lambda.url_auth_test

import data.guardhook.lambda.url_auth as rule

url(properties) := {"resource": {"type": "AWS::Lambda::Url", "properties": properties}}

test_open[name] if {
	some name, properties in {
		"none": {"AuthType": "NONE"},
		"missing": {},
		"unknown": {"AuthType": "aws_iam"},
	}
	rule.deny == {{
		"path": ["AuthType"],
		"message": "The function URL can be invoked without authentication.",
	}} with input as url(properties)
}

test_authenticated if {
	rule.deny == set() with input as url({"AuthType": "AWS_IAM"})
}
