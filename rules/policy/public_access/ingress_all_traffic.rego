# METADATA
# title: Security group does not open everything to the internet
# description: >-
#   An ingress rule for all protocols, or for all TCP or UDP ports, from any address exposes every
#   service on the instance, also those that are started later.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: SECURITY_GROUP_ALL_TRAFFIC_OPEN
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"]
#   remediation: Name the ports that are needed, and the address ranges or security groups that need them.
#   controls:
#     nist-800-53-r5: [AC-4, CM-7, SC-7]
#     cis-aws-foundations-3: ["5.2", "5.3"]
#     cis-aws-foundations-4: ["5.1.2", "5.3", "5.4"]
#     pci-dss-4: ["1.3.1", "1.4.2"]
#     aws-guard-rules-registry: [amazon_ec2/security_group_ingress_all_protocols_rule]
#   witnesses: ["0.0.0.0/0", "::/0"]
package guardhook.public_access.ingress_all_traffic

import data.guardhook.lib.ingress

deny contains finding if {
	some entry in ingress.open
	ingress.all_traffic(entry)
	finding := {
		"path": entry.path,
		"message": "The ingress rule opens all traffic to the internet.",
	}
}
