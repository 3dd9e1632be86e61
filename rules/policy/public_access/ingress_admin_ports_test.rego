package guardhook.public_access.ingress_admin_ports_test

import data.guardhook.public_access.ingress_admin_ports as rule

params := {"public_access": {
	"max_open_prefix": 7, "max_open_prefix_ipv6": 12,
	"admin_ports": [3389, 22], "database_ports": [3306], "web_ports": [443],
}}

standalone(properties) := {"resource": {"type": "AWS::EC2::SecurityGroupIngress", "properties": properties}}

inline(rules) := {"resource": {"type": "AWS::EC2::SecurityGroup", "properties": {"SecurityGroupIngress": rules}}}

ssh(source) := object.union({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}, source)

test_standalone if {
	rule.deny == {{
		"path": ["CidrIp"],
		"message": "The ingress rule opens administration to the internet (port 22).",
	}} with input as standalone(ssh({"CidrIp": "0.0.0.0/0"})) with data.params as params
}

test_inline_range if {
	rules := [
		ssh({"CidrIp": "203.0.113.0/24"}),
		{"IpProtocol": "tcp", "FromPort": 20, "ToPort": 4000, "CidrIpv6": "::/0"},
	]
	rule.deny == {{
		"path": ["SecurityGroupIngress", 1, "CidrIpv6"],
		"message": "The ingress rule opens administration to the internet (port 22, 3389).",
	}} with input as inline(rules) with data.params as params
}

test_pass[name] if {
	some name, document in {
		"another port": standalone({"IpProtocol": "tcp", "FromPort": 23, "ToPort": 443, "CidrIp": "0.0.0.0/0"}),
		"private": standalone(ssh({"CidrIp": "10.0.0.0/8"})),
		"all traffic, another rule's": standalone({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
		"empty": inline([]),
	}
	rule.deny == set() with input as document with data.params as params
}
