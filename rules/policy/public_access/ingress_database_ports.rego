# METADATA
# title: Security group does not open database ports to the internet
# description: >-
#   Databases, caches and file shares are made for clients inside the network. A range that contains
#   such a port counts.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: SECURITY_GROUP_DATABASE_PORT_OPEN
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"]
#   remediation: Name the security group of the clients in SourceSecurityGroupId, or their address range.
#   controls:
#     nist-800-53-r5: [AC-4, CM-7, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.4"]
#     aws-guard-rules-registry: [amazon_ec2/restricted_common_ports]
#   witnesses: ["0.0.0.0/0", "::/0"]
package guardhook.public_access.ingress_database_ports

import data.guardhook.lib.ingress

deny contains finding if {
	some entry in ingress.open
	ports := [format_int(port, 10) | some port in ingress.database_ports(entry)]
	count(ports) > 0
	finding := {
		"path": entry.path,
		"message": sprintf("The ingress rule opens a data store to the internet (port %s).", [concat(", ", ports)]),
	}
}
