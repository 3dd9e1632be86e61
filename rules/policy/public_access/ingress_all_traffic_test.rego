package guardhook.public_access.ingress_all_traffic_test

import data.guardhook.public_access.ingress_all_traffic as rule

params := {"public_access": {
	"max_open_prefix": 7, "max_open_prefix_ipv6": 12,
	"admin_ports": [22], "database_ports": [3306], "web_ports": [443],
}}

standalone(properties) := {"resource": {"type": "AWS::EC2::SecurityGroupIngress", "properties": properties}}

inline(rules) := {"resource": {"type": "AWS::EC2::SecurityGroup", "properties": {"SecurityGroupIngress": rules}}}

message := "The ingress rule opens all traffic to the internet."

test_standalone if {
	properties := {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
	rule.deny == {{"path": ["CidrIp"], "message": message}} with input as standalone(properties) with data.params as params
}

test_inline if {
	rule.deny == {{
		"path": ["SecurityGroupIngress", 1, "CidrIpv6"],
		"message": message,
	}} with input as inline([
		{"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"},
		{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "CidrIpv6": "::/0"},
	])
		with data.params as params
}

test_pass[name] if {
	some name, document in {
		"one port": standalone({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}),
		"private": standalone({"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}),
		"empty": inline([]),
	}
	rule.deny == set() with input as document with data.params as params
}
