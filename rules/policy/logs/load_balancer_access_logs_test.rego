package guardhook.logs.load_balancer_access_logs_test

import data.guardhook.logs.load_balancer_access_logs as rule

balancer(properties) := {"resource": {
	"type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
	"properties": properties,
}}

test_no_logs[name] if {
	some name, properties in {
		"missing": {},
		"network": {"Type": "network", "LoadBalancerAttributes": []},
		"off": {"LoadBalancerAttributes": [{"Key": "access_logs.s3.enabled", "Value": "false"}]},
		"another attribute": {"LoadBalancerAttributes": [
			{"Key": "access_logs.s3.enabled", "Value": "false"},
			{"Key": "deletion_protection.enabled", "Value": "true"},
		]},
	}
	rule.deny == {{
		"path": ["LoadBalancerAttributes"],
		"message": "The load balancer writes no access logs.",
	}} with input as balancer(properties)
}

test_logs[name] if {
	some name, properties in {
		"on": {"LoadBalancerAttributes": [
			{"Key": "deletion_protection.enabled", "Value": "false"},
			{"Key": "access_logs.s3.enabled", "Value": "true"},
		]},
		"gateway": {"Type": "gateway"},
	}
	rule.deny == set() with input as balancer(properties)
}
