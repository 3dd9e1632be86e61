# METADATA
# title: KMS key policy names who may use the key
# description: >-
#   A key that everyone may use protects nothing that is encrypted with it. A statement for the root
#   of the key's own account is normal: it hands the decision to IAM.
# related_resources:
#   - https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
# custom:
#   id: KMS_KEY_POLICY_PUBLIC
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"]
#   remediation: >-
#     Name the accounts, roles or services in Principal, or add a condition on kms:CallerAccount or
#     aws:PrincipalOrgID.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#     aws-guard-rules-registry: [aws_kms/kms_no_wildcard_principal]
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.kms_key_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in exposure.places(["KeyPolicy"], input.resource.properties.KeyPolicy)
	finding := {
		"path": path,
		"message": "The key policy allows anyone, with no condition that restricts who.",
	}
}
