# METADATA
# title: Security group serves the web to the internet
# description: >-
#   Web ports and ICMP from any address are right for a public load balancer and wrong for most other
#   resources. Shown so that every way in from the internet is known.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
# custom:
#   id: SECURITY_GROUP_WEB_PORT_OPEN
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"]
#   remediation: >-
#     Let only a public load balancer or CloudFront be reached from any address, and the resources
#     behind it only from its security group or prefix list.
#   controls:
#     nist-800-53-r5: [AC-4, SC-7]
#     pci-dss-4: ["1.4.2"]
#   witnesses: ["0.0.0.0/0", "::/0"]
package guardhook.public_access.ingress_web_ports

import data.guardhook.lib.ingress

deny contains finding if {
	some entry in ingress.open
	ingress.public_service(entry)
	finding := {
		"path": entry.path,
		"message": "The ingress rule opens a web port or ICMP to the internet.",
	}
}
