# METADATA
# title: Function fetches its secrets
# description: >-
#   An environment variable is shown to everyone who may read the configuration of the function, also
#   where its value came from a secret by a dynamic reference.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
# custom:
#   id: LAMBDA_ENVIRONMENT_SECRET
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: >-
#     Pass the name or ARN of a secret, in a variable named after it (DB_SECRET_ARN), and fetch the
#     secret at run time.
#   controls:
#     nist-800-53-r5: [IA-5, SC-28]
#     pci-dss-4: ["8.3.2", "8.6.2"]
#   literals: true
package guardhook.secrets.environment_secret

import data.guardhook.lib.secret

deny contains finding if {
	some name
	input.resource.properties.Environment.Variables[name]
	secret.named(name)
	finding := {
		"path": ["Environment", "Variables", name],
		"message": sprintf("%s is a secret by its name, and readable in the configuration of the function.", [name]),
	}
}
