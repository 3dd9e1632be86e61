package guardhook.secrets.environment_secret_test

import data.guardhook.secrets.environment_secret as rule

function(properties) := {"resource": {"type": "AWS::Lambda::Function", "properties": properties}}

test_readable[value] if {
	some value in ["hunter2", "", "${Password}", "{{resolve:secretsmanager:orders:SecretString:password}}"]
	rule.deny == {{
		"path": ["Environment", "Variables", "DB_PASSWORD"],
		"message": "DB_PASSWORD is a secret by its name, and readable in the configuration of the function.",
	}} with input as function({"Environment": {"Variables": {"DB_PASSWORD": value, "STAGE": "prod"}}})
}

test_pass[name] if {
	some name, properties in {
		"place of a secret": {"Environment": {"Variables": {"DB_SECRET_ARN": "${Secret}"}}},
		"no variables": {"Environment": {}},
		"no environment": {},
	}
	rule.deny == set() with input as function(properties)
}
