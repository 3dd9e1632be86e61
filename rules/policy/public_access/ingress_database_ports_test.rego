package guardhook.public_access.ingress_database_ports_test

import data.guardhook.public_access.ingress_database_ports as rule

params := {"public_access": {
	"max_open_prefix": 7, "max_open_prefix_ipv6": 12,
	"admin_ports": [22], "database_ports": [5432, 3306], "web_ports": [443],
}}

standalone(properties) := {"resource": {"type": "AWS::EC2::SecurityGroupIngress", "properties": properties}}

inline(rules) := {"resource": {"type": "AWS::EC2::SecurityGroup", "properties": {"SecurityGroupIngress": rules}}}

mysql(source) := object.union({"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306}, source)

test_standalone if {
	rule.deny == {{
		"path": ["CidrIpv6"],
		"message": "The ingress rule opens a data store to the internet (port 3306).",
	}} with input as standalone(mysql({"CidrIpv6": "::/0"})) with data.params as params
}

test_inline_range if {
	rules := [
		mysql({"SourceSecurityGroupId": "sg-0123456789abcdef0"}),
		{"IpProtocol": "tcp", "FromPort": 20, "ToPort": 6000, "CidrIp": "0.0.0.0/0"},
	]
	rule.deny == {{
		"path": ["SecurityGroupIngress", 1, "CidrIp"],
		"message": "The ingress rule opens a data store to the internet (port 3306, 5432).",
	}} with input as inline(rules) with data.params as params
}

test_pass[name] if {
	some name, document in {
		"another port": standalone({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 3305, "CidrIp": "0.0.0.0/0"}),
		"private": standalone(mysql({"CidrIp": "10.0.0.0/8"})),
		"all traffic, another rule's": standalone({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
		"empty": inline([]),
	}
	rule.deny == set() with input as document with data.params as params
}
