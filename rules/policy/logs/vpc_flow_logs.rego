# METADATA
# title: VPC has flow logs
# description: >-
#   Flow logs show which connections were made and refused in a network. The rule looks for the flow
#   log in the template of the VPC.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
# custom:
#   id: VPC_FLOW_LOGS
#   severity: LOW
#   scope: template
#   resource_types: ["AWS::EC2::VPC", "AWS::EC2::FlowLog"]
#   remediation: Add an AWS::EC2::FlowLog with ResourceType VPC and the VPC as ResourceId.
#   controls:
#     nist-800-53-r5: [AU-12, SI-4]
#     cis-aws-foundations-3: ["3.7"]
#     cis-aws-foundations-4: ["3.7"]
#     aws-guard-rules-registry: [amazon_ec2/vpc_flow_logs_enabled]
package guardhook.logs.vpc_flow_logs

deny contains finding if {
	some id
	input.template.resources[id].type == "AWS::EC2::VPC"
	not logged(id)
	finding := {
		"resource": id,
		"path": [],
		"message": "The VPC has no flow log in this template.",
	}
}

logged(id) if {
	some log
	input.template.resources[log].type == "AWS::EC2::FlowLog"
	input.template.resources[log].properties.ResourceId in {sprintf("${%s}", [id]), sprintf("${%s.VpcId}", [id])}
}
