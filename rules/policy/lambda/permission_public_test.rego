package guardhook.lambda.permission_public_test

import data.guardhook.lambda.permission_public as rule

permission(properties) := {"resource": {"type": "AWS::Lambda::Permission", "properties": properties}}

found := {{"path": ["Principal"], "message": "The permission is given to everyone."}}

test_everyone[name] if {
	some name, properties in {
		"alone": {"Principal": "*"},
		"source": {"Principal": "*", "SourceArn": "arn:aws:s3:::bucket"},
		"URL": {"Principal": "*", "FunctionUrlAuthType": "NONE"},
		"every organization": {"Principal": "*", "PrincipalOrgID": "*"},
		"every organization of a layer": {"Principal": "*", "OrganizationId": "o-*"},
	}
	rule.deny == found with input as permission(properties)
}

test_named[name] if {
	some name, properties in {
		"account": {"Principal": "111122223333"},
		"service": {"Principal": "s3.amazonaws.com"},
		"attribute": {"Principal": "${Role.Arn}"},
		"organization": {"Principal": "*", "PrincipalOrgID": "o-abcdefghij"},
		"organization of a layer": {"Principal": "*", "OrganizationId": "o-abcdefghij"},
		"missing": {},
	}
	rule.deny == set() with input as permission(properties)
}
