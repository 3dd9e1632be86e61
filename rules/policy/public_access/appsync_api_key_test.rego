package guardhook.public_access.appsync_api_key_test

import data.guardhook.public_access.appsync_api_key as rule

api(properties) := {"resource": {"type": "AWS::AppSync::GraphQLApi", "properties": properties}}

test_key if {
	rule.deny == {{
		"path": ["AuthenticationType"],
		"message": "Anyone with the API key of the clients may call the API.",
	}} with input as api({"AuthenticationType": "API_KEY", "Visibility": "GLOBAL"})
}

test_additional_key if {
	rule.deny == {{
		"path": ["AdditionalAuthenticationProviders", 1, "AuthenticationType"],
		"message": "Anyone with the API key of the clients may call a part of the API.",
	}} with input as api({
		"AuthenticationType": "AWS_IAM",
		"AdditionalAuthenticationProviders": [{"AuthenticationType": "AWS_LAMBDA"}, {"AuthenticationType": "API_KEY"}],
	})
}

test_pass[name] if {
	some name, properties in {
		"iam": {"AuthenticationType": "AWS_IAM"},
		"private": {
			"AuthenticationType": "API_KEY", "Visibility": "PRIVATE",
			"AdditionalAuthenticationProviders": [{"AuthenticationType": "API_KEY"}],
		},
	}
	rule.deny == set() with input as api(properties)
}
