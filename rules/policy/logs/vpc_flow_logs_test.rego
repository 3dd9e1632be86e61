package guardhook.logs.vpc_flow_logs_test

import data.guardhook.logs.vpc_flow_logs as rule

template(resources) := {"template": {"resources": resources}}

vpc := {"type": "AWS::EC2::VPC", "properties": {"CidrBlock": "10.0.0.0/16"}}

flow_log(id) := {"type": "AWS::EC2::FlowLog", "properties": {"ResourceType": "VPC", "ResourceId": id}}

finding := {"resource": "Network", "path": [], "message": "The VPC has no flow log in this template."}

test_not_logged[name] if {
	some name, resources in {
		"no flow log": {"Network": vpc},
		"of another VPC": {"Network": vpc, "Log": flow_log("vpc-0123456789abcdef0")},
	}
	rule.deny == {finding} with input as template(resources)
}

test_one_of_two_is_logged if {
	resources := {"Network": vpc, "Other": vpc, "Log": flow_log("${Other}")}
	rule.deny == {finding} with input as template(resources)
}

test_logged[id] if {
	some id in ["${Network}", "${Network.VpcId}"]
	rule.deny == set() with input as template({"Network": vpc, "Log": flow_log(id)})
}

test_no_vpc if {
	rule.deny == set() with input as template({"Log": flow_log("${Network}")})
}
