package guardhook.secrets.container_secret_test

import data.guardhook.secrets.container_secret as rule

task(containers) := {"resource": {
	"type": "AWS::ECS::TaskDefinition",
	"properties": {"ContainerDefinitions": containers},
}}

project(variables) := {"resource": {
	"type": "AWS::CodeBuild::Project",
	"properties": {"Environment": {"EnvironmentVariables": variables}},
}}

test_task if {
	rule.deny == {{
		"path": ["ContainerDefinitions", 1, "Environment", 1, "Value"],
		"message": "The variable is a secret by its name, and readable in the task definition.",
	}} with input as task([
		{"Name": "proxy", "Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": "${Secret}"}]},
		{"Name": "app", "Environment": [
			{"Name": "STAGE", "Value": "prod"},
			{"Name": "DB_PASSWORD", "Value": "hunter2"},
		]},
	])
}

test_project[name] if {
	some name, variable in {
		"default type": {"Name": "DB_PASSWORD", "Value": "hunter2"},
		"plain text": {"Name": "DB_PASSWORD", "Value": "hunter2", "Type": "PLAINTEXT"},
	}
	rule.deny == {{
		"path": ["Environment", "EnvironmentVariables", 1, "Value"],
		"message": "The variable is a secret by its name, and readable in the build project.",
	}} with input as project([{"Name": "STAGE", "Value": "prod"}, variable])
}

test_pass[name] if {
	some name, document in {
		"no containers": task([]),
		"no variables": project([]),
		"secrets manager": project([{"Name": "DB_PASSWORD", "Value": "orders:password", "Type": "SECRETS_MANAGER"}]),
		"parameter store": project([{"Name": "DB_PASSWORD", "Value": "/orders/password", "Type": "PARAMETER_STORE"}]),
	}
	rule.deny == set() with input as document
}
