package guardhook.lambda.permission_source_test

import data.guardhook.lambda.permission_source as rule

permission(principal, properties) := {"resource": {
	"type": "AWS::Lambda::Permission",
	"properties": object.union({"Principal": principal}, properties),
}}

found(place) := {{
	"path": [place],
	"message": "The service may invoke the function on behalf of any AWS account.",
}}

test_service_alone[principal] if {
	some principal in [
		"s3.amazonaws.com", "events.amazonaws.com.cn", "alexa-appkit.amazon.com", "s3.${AWS::URLSuffix}",
		"events.amazonaws.eu", "events.c2s.ic.gov", "events.sc2s.sgov.gov", "events.csp.hci.ic.gov",
		"events.cloud.adc-e.uk",
	]
	rule.deny == found("SourceArn") with input as permission(principal, {})
}

test_open_source[name] if {
	some name, test in {
		"every source": ["SourceArn", {"SourceArn": "*"}],
		"every bucket": ["SourceArn", {"SourceArn": "arn:aws:s3:::*"}],
		"every account": ["SourceArn", {"SourceArn": "arn:aws:sns:${AWS::Region}:*:topic"}],
		"open account": ["SourceAccount", {"SourceAccount": "*"}],
		"open source and account": ["SourceArn", {"SourceArn": "*", "SourceAccount": "*"}],
		"open organization": ["SourceArn", {"PrincipalOrgID": "o-*"}],
		"open token": ["SourceArn", {"EventSourceToken": "*"}],
	}
	rule.deny == found(test[0]) with input as permission("s3.amazonaws.com", test[1])
}

test_source_named[name] if {
	some name, properties in {
		"attribute": {"SourceArn": "${Bucket.Arn}"},
		"bucket": {"SourceArn": "arn:${AWS::Partition}:s3:::bucket"},
		"methods of an API": {"SourceArn": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/x"},
		"account": {"SourceAccount": "${AWS::AccountId}"},
		"account and any resource": {"SourceAccount": "111122223333", "SourceArn": "arn:aws:s3:::*"},
		"organization": {"PrincipalOrgID": "o-abcdefghij"},
		"token": {"EventSourceToken": "amzn1.ask.skill.1"},
	}
	rule.deny == set() with input as permission("s3.amazonaws.com", properties)
}

test_no_service[principal] if {
	some principal in [
		"111122223333", "arn:aws:iam::111122223333:role/a", "${Role.Arn}", "*", "", "${Principal}",
		"s3.amazonaws.com.example",
	]
	rule.deny == set() with input as permission(principal, {})
}

test_no_principal if {
	rule.deny == set() with input as {"resource": {"type": "AWS::Lambda::Permission", "properties": {}}}
}
