# METADATA
# title: No credential in an environment variable
# description: >-
#   Access keys, private keys, tokens and passwords in URLs that are written in an environment variable
#   are read by everyone who can read the template or the configuration of the resource. The rule
#   looks for what the template writes, defaults included; any open parameter could hold a credential.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
#   - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
# custom:
#   id: ENVIRONMENT_CREDENTIAL
#   severity: CRITICAL
#   scope: resource
#   resource_types:
#     - AWS::Amplify::App
#     - AWS::Amplify::Branch
#     - AWS::AppRunner::Service
#     - AWS::Batch::JobDefinition
#     - AWS::CodeBuild::Project
#     - AWS::ECS::TaskDefinition
#     - AWS::ElasticBeanstalk::ConfigurationTemplate
#     - AWS::ElasticBeanstalk::Environment
#     - AWS::Lambda::Function
#     - AWS::SageMaker::Model
#     - AWS::Synthetics::Canary
#   remediation: >-
#     Revoke the credential. Use a role in place of access keys, and fetch other secrets from Secrets
#     Manager at run time.
#   controls:
#     nist-800-53-r5: [IA-5, SC-28]
#     pci-dss-4: ["8.3.2", "8.6.2"]
#   literals: true
package guardhook.secrets.environment_credential

formats := [
	{"message": "an AWS access key", "pattern": `(^|[^A-Z0-9])A(KIA|SIA)[A-Z2-7]{16}([^A-Z0-9]|$)`},
	{"message": "a private key", "pattern": `-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY`},
	{"message": "a GitHub token", "pattern": `(^|[^A-Za-z0-9_])gh[opsur]_[A-Za-z0-9]{36}`},
	{"message": "a GitHub token", "pattern": `(^|[^A-Za-z0-9_])github_pat_[A-Za-z0-9_]{40}`},
	{"message": "a Slack token", "pattern": `(^|[^A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10}`},
	{"message": "a password in a URL", "pattern": `[a-z][a-z0-9+.-]*://([^/?#@:{}$ ]|\$\{[^}]*\})*:[^/?#@{}$ ]+@`},
	{"message": "a password in a URL", "pattern": `(?i)://[^ ]*[?&;]password=[^&;{}$ ]`},
]

# What every format has in it: one look at most values, instead of one for each format.
hint := `A(KIA|SIA)[A-Z2-7]{16}|PRIVATE KEY|gh[opsur]_|github_pat_|xox[abeoprs]-|://[^/]*:[^/]*@|(?i:password=)`

# The format of a credential, in a value that is a text.
credential(value) := format.message if {
	regex.match(hint, value)
	some format in formats
	count(regex.find_n(format.pattern, value, 1)) > 0
}

deny contains finding if {
	some name
	kind := credential(input.resource.properties.Environment.Variables[name])
	finding := {
		"path": ["Environment", "Variables", name],
		"message": sprintf("The environment variable holds %s.", [kind]),
	}
}

deny contains finding if {
	some i, j
	kind := credential(input.resource.properties.ContainerDefinitions[i].Environment[j].Value)
	finding := {
		"path": ["ContainerDefinitions", i, "Environment", j, "Value"],
		"message": sprintf("The environment variable holds %s.", [kind]),
	}
}

deny contains finding if {
	some i
	kind := credential(input.resource.properties.Environment.EnvironmentVariables[i].Value)
	finding := {
		"path": ["Environment", "EnvironmentVariables", i, "Value"],
		"message": sprintf("The environment variable holds %s.", [kind]),
	}
}

deny contains finding if {
	some [path, text] in variables
	kind := credential(text)
	finding := {
		"path": path,
		"message": sprintf("The environment variable holds %s.", [kind]),
	}
}

# Variables of other services, with their places.
variables contains [["EnvironmentVariables", i, "Value"], input.resource.properties.EnvironmentVariables[i].Value]

variables contains [["OptionSettings", i, "Value"], input.resource.properties.OptionSettings[i].Value]

variables contains [
	["RunConfig", "EnvironmentVariables", name],
	input.resource.properties.RunConfig.EnvironmentVariables[name],
]

variables contains [
	["PrimaryContainer", "Environment", name],
	input.resource.properties.PrimaryContainer.Environment[name],
]

variables contains [
	["Containers", i, "Environment", name],
	input.resource.properties.Containers[i].Environment[name],
]

variables contains [
	["ContainerProperties", "Environment", i, "Value"],
	input.resource.properties.ContainerProperties.Environment[i].Value,
]

variables contains [
	["EcsProperties", "TaskProperties", i, "Containers", j, "Environment", k, "Value"],
	input.resource.properties.EcsProperties.TaskProperties[i].Containers[j].Environment[k].Value,
]

variables contains [
	["NodeProperties", "NodeRangeProperties", i, "Container", "Environment", j, "Value"],
	input.resource.properties.NodeProperties.NodeRangeProperties[i].Container.Environment[j].Value,
]

variables contains [
	[
		"SourceConfiguration", "ImageRepository", "ImageConfiguration",
		"RuntimeEnvironmentVariables", i, "Value",
	],
	input.resource.properties.SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables[i].Value,
]

variables contains [
	[
		"SourceConfiguration", "CodeRepository", "CodeConfiguration", "CodeConfigurationValues",
		"RuntimeEnvironmentVariables", i, "Value",
	],
	input.resource.properties.SourceConfiguration.CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentVariables[i].Value,
]
