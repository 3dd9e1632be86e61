# METADATA
# title: Containers and builds have their secrets injected
# description: >-
#   An environment variable in plain text is shown to everyone who may read the task definition or the
#   build project. ECS and CodeBuild put secrets into the environment themselves.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
#   - https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
# custom:
#   id: CONTAINER_ENVIRONMENT_SECRET
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::ECS::TaskDefinition", "AWS::CodeBuild::Project"]
#   remediation: >-
#     In ECS move the variable to Secrets of the container; in CodeBuild set its Type to
#     SECRETS_MANAGER.
#   controls:
#     nist-800-53-r5: [IA-5, SC-28]
#     pci-dss-4: ["8.3.2", "8.6.2"]
#     aws-guard-rules-registry: [codebuild/codebuild_project_envvar_awscred_check]
package guardhook.secrets.container_secret

import data.guardhook.lib.secret

deny contains finding if {
	some i, j
	name := input.resource.properties.ContainerDefinitions[i].Environment[j].Name
	secret.named(name)
	finding := {
		"path": ["ContainerDefinitions", i, "Environment", j, "Value"],
		"message": "The variable is a secret by its name, and readable in the task definition.",
	}
}

deny contains finding if {
	some i
	name := input.resource.properties.Environment.EnvironmentVariables[i].Name
	secret.named(name)
	not fetched(i)
	finding := {
		"path": ["Environment", "EnvironmentVariables", i, "Value"],
		"message": "The variable is a secret by its name, and readable in the build project.",
	}
}

fetched(i) if input.resource.properties.Environment.EnvironmentVariables[i].Type == "PARAMETER_STORE"

fetched(i) if input.resource.properties.Environment.EnvironmentVariables[i].Type == "SECRETS_MANAGER"
