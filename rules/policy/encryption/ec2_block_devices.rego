# METADATA
# title: Block devices of EC2 instances encrypted
# description: >-
#   A volume that an instance, a launch template, a spot fleet or an image recipe creates without
#   Encrypted depends on the account's default for the region. Devices that the image maps, and the
#   template does not, are not judged.
# related_resources:
#   - https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
# custom:
#   id: EC2_BLOCK_DEVICE_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types:
#     - AWS::EC2::Instance
#     - AWS::EC2::LaunchTemplate
#     - AWS::EC2::SpotFleet
#     - AWS::AutoScaling::LaunchConfiguration
#     - AWS::ImageBuilder::ImageRecipe
#   remediation: Set Ebs.Encrypted to true in every block device mapping.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     cis-aws-foundations-3: ["2.2.1"]
#     cis-aws-foundations-4: ["5.1.1"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.ec2_block_devices

import data.guardhook.lib.value

message := "The block device's EBS volume is not encrypted."

unencrypted(mapping) if {
	value.is_set(mapping.Ebs)
	not mapping.Ebs.Encrypted == true
}

deny contains finding if {
	some i, mapping in input.resource.properties.BlockDeviceMappings
	unencrypted(mapping)
	finding := {
		"path": ["BlockDeviceMappings", i, "Ebs", "Encrypted"],
		"message": message,
	}
}

deny contains finding if {
	some i, mapping in input.resource.properties.LaunchTemplateData.BlockDeviceMappings
	unencrypted(mapping)
	finding := {
		"path": ["LaunchTemplateData", "BlockDeviceMappings", i, "Ebs", "Encrypted"],
		"message": message,
	}
}

deny contains finding if {
	some i, j
	mapping := input.resource.properties.SpotFleetRequestConfigData.LaunchSpecifications[i].BlockDeviceMappings[j]
	unencrypted(mapping)
	finding := {
		"path": [
			"SpotFleetRequestConfigData", "LaunchSpecifications", i,
			"BlockDeviceMappings", j, "Ebs", "Encrypted",
		],
		"message": message,
	}
}
