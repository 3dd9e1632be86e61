# METADATA
# title: EBS volume encrypted
# description: >-
#   A volume without Encrypted depends on the account's default for the region. Its snapshots can be
#   copied and shared in clear text.
# related_resources:
#   - https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
# custom:
#   id: EBS_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::EC2::Volume"]
#   remediation: Set Encrypted to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     cis-aws-foundations-3: ["2.2.1"]
#     cis-aws-foundations-4: ["5.1.1"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_ec2/encrypted_volumes, amazon_ec2/ebs_volume_encryption_key_rule]
package guardhook.encryption.ebs_volume

deny contains finding if {
	not input.resource.properties.Encrypted == true
	finding := {
		"path": ["Encrypted"],
		"message": "The volume is not encrypted.",
	}
}
