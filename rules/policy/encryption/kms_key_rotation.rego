# METADATA
# title: KMS key is rotated
# description: >-
#   Rotation limits how much is encrypted with the same key material. KMS rotates symmetric keys of its
#   own material; the rule leaves out asymmetric and HMAC keys, and keys with imported material.
# related_resources:
#   - https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
# custom:
#   id: KMS_KEY_ROTATION
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::KMS::Key"]
#   remediation: Set EnableKeyRotation to true; RotationPeriodInDays is 365 without more.
#   controls:
#     nist-800-53-r5: [SC-12, "SC-12(2)"]
#     cis-aws-foundations-3: ["3.6"]
#     cis-aws-foundations-4: ["3.6"]
#     pci-dss-4: ["3.7.4"]
#     aws-guard-rules-registry: [aws_kms/cmk_backing_key_rotation_enabled]
package guardhook.encryption.kms_key_rotation

import data.guardhook.lib.value

deny contains finding if {
	not asymmetric
	not imported
	not input.resource.properties.EnableKeyRotation == true
	finding := {
		"path": ["EnableKeyRotation"],
		"message": "The key is not rotated.",
	}
}

asymmetric if {
	value.nonempty(input.resource.properties.KeySpec)
	input.resource.properties.KeySpec != "SYMMETRIC_DEFAULT"
}

imported if input.resource.properties.Origin == "EXTERNAL"
