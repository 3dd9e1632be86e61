# METADATA
# title: Security group does not open administration ports to the internet
# description: >-
#   Remote administration (SSH, RDP, WinRM, the Docker and Kubernetes APIs, ...) that anyone can
#   reach is found and attacked within minutes. A range that contains such a port counts.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   - https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html
# custom:
#   id: SECURITY_GROUP_ADMIN_PORT_OPEN
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"]
#   remediation: >-
#     Use Session Manager or EC2 Instance Connect Endpoint, or name the address range that
#     administrators come from.
#   controls:
#     nist-800-53-r5: [AC-4, AC-17, CM-7, SC-7]
#     cis-aws-foundations-3: ["5.2", "5.3"]
#     cis-aws-foundations-4: ["5.1.2", "5.3", "5.4"]
#     pci-dss-4: ["1.3.1", "1.4.2"]
#     aws-guard-rules-registry: [amazon_ec2/restricted_common_ports, amazon_ec2/restricted_ssh]
#   witnesses: ["0.0.0.0/0", "::/0"]
package guardhook.public_access.ingress_admin_ports

import data.guardhook.lib.ingress

deny contains finding if {
	some entry in ingress.open
	ports := [format_int(port, 10) | some port in ingress.admin_ports(entry)]
	count(ports) > 0
	finding := {
		"path": entry.path,
		"message": sprintf("The ingress rule opens administration to the internet (port %s).", [concat(", ", ports)]),
	}
}
