package guardhook.secrets.environment_credential_test

import data.guardhook.secrets.environment_credential as rule

# Credentials are made of pieces, so that no scanner takes this file for a leak.
repeat(text, n) := concat("", [text | some _ in numbers.range(1, n)])

function(variables) := {"resource": {
	"type": "AWS::Lambda::Function",
	"properties": {"Environment": {"Variables": variables}},
}}

url := "postgres://app:hunter2@db.example.com/orders"

test_formats[kind] if {
	some kind, texts in {
		"an AWS access key": [
			concat("", ["AKIA", repeat("A", 16)]),
			concat("", ["key=ASIA", repeat("7", 16), ";"]),
		],
		"a private key": [
			concat(" ", ["-----BEGIN", "PRIVATE KEY-----\nMII"]),
			concat(" ", ["-----BEGIN RSA", "PRIVATE KEY-----"]),
			concat(" ", ["-----BEGIN PGP", "PRIVATE KEY BLOCK-----"]),
		],
		"a GitHub token": [
			concat("", ["ghp_", repeat("a", 36)]),
			concat("", ["token ghs_", repeat("Z", 36)]),
			concat("", ["github_pat_", repeat("1", 40)]),
		],
		"a Slack token": [concat("", ["xoxb-", repeat("1", 12)])],
		"a password in a URL": [
			url, "https://:pw@example.com", "postgres://${User}:hunter2@${Host}/orders",
			"postgres://${AWS::StackName}:hunter2@${Host}/orders",
			"jdbc:postgresql://db.example.com/orders?user=app&password=hunter2",
			"jdbc:sqlserver://db.example.com:1433;user=app;Password=hunter2;encrypt=true",
		],
	}
	every text in texts {
		rule.deny == {{
			"path": ["Environment", "Variables", "VALUE"],
			"message": sprintf("The environment variable holds %s.", [kind]),
		}} with input as function({"VALUE": text, "STAGE": "prod"})
	}
}

test_no_credential[text] if {
	some text in [
		"", "hunter2", "${Key}",
		concat("", ["AKIA", repeat("A", 15)]),
		concat("", ["XAKIA", repeat("A", 16)]),
		concat("", ["AKIA", repeat("A", 17)]),
		concat(" ", ["-----BEGIN", "PUBLIC KEY-----"]),
		concat("", ["ghp_", repeat("a", 35)]),
		"jdbc:postgresql://db.example.com/orders?password=${Password}", "jdbc:postgresql://db.example.com/?password=",
		"password=hunter2", "jdbc:postgresql://db.example.com/orders?nopassword=true", "postgres://${User}@db:5432",
		"postgres://${User}:${Password}@db",
		"postgres://db.example.com/orders", "https://example.com:443/a@b", "postgres://app:${Password}@db",
		"postgres://app:{{resolve:secretsmanager:orders}}@db", "mailto:a@example.com",
	]
	rule.deny == set() with input as function({"VALUE": text})
}

test_task if {
	rule.deny == {{
		"path": ["ContainerDefinitions", 0, "Environment", 1, "Value"],
		"message": "The environment variable holds a password in a URL.",
	}} with input as {"resource": {
		"type": "AWS::ECS::TaskDefinition",
		"properties": {"ContainerDefinitions": [{"Environment": [
			{"Name": "STAGE", "Value": "prod"},
			{"Name": "URL", "Value": url},
		]}]},
	}}
}

test_project if {
	rule.deny == {{
		"path": ["Environment", "EnvironmentVariables", 0, "Value"],
		"message": "The environment variable holds a password in a URL.",
	}} with input as {"resource": {
		"type": "AWS::CodeBuild::Project",
		"properties": {"Environment": {"EnvironmentVariables": [{"Name": "URL", "Value": url}]}},
	}}
}

runtime := {"RuntimeEnvironmentVariables": [{"Name": "DB", "Value": url}]}

values := {"CodeConfigurationValues": runtime}

# Every place of a variable, with the properties that have a credential in it.
other_places := [
	{"path": ["EnvironmentVariables", 0, "Value"], "properties": {"EnvironmentVariables": [{"Value": url}]}},
	{"path": ["OptionSettings", 1, "Value"], "properties": {"OptionSettings": [{"Value": "x"}, {"Value": url}]}},
	{
		"path": ["RunConfig", "EnvironmentVariables", "DB"],
		"properties": {"RunConfig": {"EnvironmentVariables": {"DB": url}}},
	},
	{
		"path": ["PrimaryContainer", "Environment", "DB"],
		"properties": {"PrimaryContainer": {"Environment": {"DB": url}}},
	},
	{
		"path": ["Containers", 0, "Environment", "DB"],
		"properties": {"Containers": [{"Environment": {"DB": url}}]},
	},
	{
		"path": ["ContainerProperties", "Environment", 0, "Value"],
		"properties": {"ContainerProperties": {"Environment": [{"Name": "DB", "Value": url}]}},
	},
	{
		"path": ["EcsProperties", "TaskProperties", 0, "Containers", 0, "Environment", 0, "Value"],
		"properties": {"EcsProperties": {"TaskProperties": [{"Containers": [{"Environment": [{"Value": url}]}]}]}},
	},
	{
		"path": ["NodeProperties", "NodeRangeProperties", 0, "Container", "Environment", 0, "Value"],
		"properties": {"NodeProperties": {"NodeRangeProperties": [{"Container": {"Environment": [{"Value": url}]}}]}},
	},
	{
		"path": [
			"SourceConfiguration", "ImageRepository", "ImageConfiguration",
			"RuntimeEnvironmentVariables", 0, "Value",
		],
		"properties": {"SourceConfiguration": {"ImageRepository": {"ImageConfiguration": runtime}}},
	},
	{
		"path": [
			"SourceConfiguration", "CodeRepository", "CodeConfiguration", "CodeConfigurationValues",
			"RuntimeEnvironmentVariables", 0, "Value",
		],
		"properties": {"SourceConfiguration": {"CodeRepository": {"CodeConfiguration": values}}},
	},
]

test_other_places[i] if {
	some i, place in other_places
	rule.deny == {{
		"path": place.path,
		"message": "The environment variable holds a password in a URL.",
	}} with input as {"resource": {"type": "AWS::AppRunner::Service", "properties": place.properties}}
}
