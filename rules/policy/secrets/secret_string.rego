# METADATA
# title: Secret is not written in the template
# description: >-
#   The value of a secret that a template sets is in the template or its parameters, and so no secret.
#   Secrets Manager can generate it, or it is put in after the stack is there.
# related_resources:
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
# custom:
#   id: SECRET_STRING
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::SecretsManager::Secret"]
#   remediation: Use GenerateSecretString, or leave the value out and put it in with PutSecretValue.
#   controls:
#     nist-800-53-r5: [IA-5, SC-28]
#     pci-dss-4: ["8.3.2", "8.6.2"]
package guardhook.secrets.secret_string

import data.guardhook.lib.secret

deny contains finding if {
	input.resource.properties.SecretString != ""
	not referenced
	finding := {
		"path": ["SecretString"],
		"message": "The value of the secret is given in the template or by a parameter.",
	}
}

referenced if secret.reference(input.resource.properties.SecretString)
