package guardhook.public_access.ingress_web_ports_test

import data.guardhook.public_access.ingress_web_ports as rule

params := {"public_access": {
	"max_open_prefix": 7, "max_open_prefix_ipv6": 12,
	"admin_ports": [22], "database_ports": [3306], "web_ports": [80, 443],
}}

standalone(properties) := {"resource": {"type": "AWS::EC2::SecurityGroupIngress", "properties": properties}}

inline(rules) := {"resource": {"type": "AWS::EC2::SecurityGroup", "properties": {"SecurityGroupIngress": rules}}}

tcp(port, source) := object.union({"IpProtocol": "tcp", "FromPort": port, "ToPort": port}, source)

message := "The ingress rule opens a web port or ICMP to the internet."

test_standalone if {
	rule.deny == {{"path": ["CidrIp"], "message": message}} with input as standalone(tcp(443, {"CidrIp": "0.0.0.0/0"}))
		with data.params as params
}

test_inline if {
	rule.deny == {{
		"path": ["SecurityGroupIngress", 1, "CidrIpv6"],
		"message": message,
	}} with input as inline([tcp(443, {"CidrIp": "10.0.0.0/8"}), {"IpProtocol": "icmpv6", "CidrIpv6": "::/0"}])
		with data.params as params
}

test_pass[name] if {
	some name, document in {
		"another port": standalone(tcp(8080, {"CidrIp": "0.0.0.0/0"})),
		"all traffic, another rule's": standalone({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
		"private": standalone(tcp(443, {"CidrIp": "10.0.0.0/8"})),
		"empty": inline([]),
	}
	rule.deny == set() with input as document with data.params as params
}
