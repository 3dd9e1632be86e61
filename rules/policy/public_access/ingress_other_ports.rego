# METADATA
# title: Security group opens no other port to the internet
# description: >-
#   A port that is neither for administration, nor of a database, nor of a public web service is
#   seldom meant for everyone.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: SECURITY_GROUP_PORT_OPEN
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"]
#   remediation: Name the address ranges or security groups that need the port.
#   controls:
#     nist-800-53-r5: [AC-4, SC-7]
#     pci-dss-4: ["1.3.1", "1.4.2"]
#   witnesses: ["0.0.0.0/0", "::/0"]
package guardhook.public_access.ingress_other_ports

import data.guardhook.lib.ingress

deny contains finding if {
	some entry in ingress.open
	ingress.other(entry)
	finding := {
		"path": entry.path,
		"message": "The ingress rule opens a port other than a web port to the internet.",
	}
}
