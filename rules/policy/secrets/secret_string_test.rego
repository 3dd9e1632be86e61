package guardhook.secrets.secret_string_test

import data.guardhook.secrets.secret_string as rule

resource(properties) := {"resource": {"type": "AWS::SecretsManager::Secret", "properties": properties}}

test_given[text] if {
	some text in ["hunter2", "${Password}", "{\"username\": \"app\"}", "{{resolve:ssm:/orders/password:1}}"]
	rule.deny == {{
		"path": ["SecretString"],
		"message": "The value of the secret is given in the template or by a parameter.",
	}} with input as resource({"SecretString": text})
}

test_not_given[name] if {
	some name, properties in {
		"missing": {},
		"generated": {"GenerateSecretString": {"PasswordLength": 32}},
		"empty": {"SecretString": ""},
		"from another secret": {"SecretString": "{{resolve:secretsmanager:orders}}"},
	}
	rule.deny == set() with input as resource(properties)
}
