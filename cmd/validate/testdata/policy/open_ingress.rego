# METADATA
# title: Ingress not open to the internet
# custom:
#   id: OPEN_INGRESS
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::EC2::SecurityGroupIngress"]
#   remediation: Name the address range.
package guardhook.network.open_ingress

deny contains finding if {
	input.resource.properties.CidrIp == "0.0.0.0/0"
	finding := {"path": ["CidrIp"], "message": "The ingress rule is open to the internet."}
}
