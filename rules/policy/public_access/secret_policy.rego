# METADATA
# title: Secret policy names who may read the secret
# description: >-
#   A secret open to everyone is no secret: any AWS account may read or replace it.
# related_resources:
#   - https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
# custom:
#   id: SECRET_POLICY_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::SecretsManager::ResourcePolicy"]
#   remediation: >-
#     Name the accounts or roles in Principal, and set BlockPublicPolicy to true.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.secret_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in exposure.places(["ResourcePolicy"], input.resource.properties.ResourcePolicy)
	finding := {
		"path": path,
		"message": "The secret policy allows anyone, with no condition that restricts who.",
	}
}
