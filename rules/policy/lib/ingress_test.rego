package guardhook.lib.ingress_test

import data.guardhook.lib.ingress

params := {"public_access": {
	"max_open_prefix": 7,
	"max_open_prefix_ipv6": 12,
	"admin_ports": [22, 3389],
	"database_ports": [3306, 5432],
	"web_ports": [80, 443],
}}

standalone(properties) := {"resource": {"type": "AWS::EC2::SecurityGroupIngress", "properties": properties}}

inline(rules) := {"resource": {"type": "AWS::EC2::SecurityGroup", "properties": {"SecurityGroupIngress": rules}}}

test_standalone_ipv4 if {
	properties := {"CidrIp": "0.0.0.0/0", "IpProtocol": "TCP", "FromPort": 20, "ToPort": 30}
	ingress.open == {{
		"path": ["CidrIp"],
		"protocol": "tcp", "from": 20, "to": 30,
	}} with input as standalone(properties) with data.params as params
}

test_standalone_ipv6 if {
	properties := {"CidrIpv6": "0::0/0", "IpProtocol": "udp", "FromPort": 53, "ToPort": 53}
	ingress.open == {{
		"path": ["CidrIpv6"],
		"protocol": "udp", "from": 53, "to": 53,
	}} with input as standalone(properties) with data.params as params
}

test_inline_both_families if {
	rules := [
		{"CidrIp": "10.0.0.0/8", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22},
		{"CidrIp": "0.0.0.0/0", "CidrIpv6": "::/0", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 444},
	]
	ingress.open == {
		{"path": ["SecurityGroupIngress", 1, "CidrIp"], "protocol": "tcp", "from": 443, "to": 444},
		{"path": ["SecurityGroupIngress", 1, "CidrIpv6"], "protocol": "tcp", "from": 443, "to": 444},
	} with input as inline(rules) with data.params as params
}

test_missing_protocol_and_ports_are_all if {
	everything := {"protocol": "-1", "from": 0, "to": 65535}
	ingress.open == {object.union(
		{"path": ["CidrIp"]},
		everything,
	)} with input as standalone({"CidrIp": "0.0.0.0/0"}) with data.params as params
	ingress.open == {object.union(
		{"path": ["SecurityGroupIngress", 0, "CidrIp"]},
		everything,
	)} with input as inline([{"CidrIp": "0.0.0.0/0"}]) with data.params as params
}

test_minus_one_is_the_whole_range if {
	properties := {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": -1, "ToPort": -1}
	ingress.open == {{
		"path": ["CidrIp"],
		"protocol": "tcp", "from": 0, "to": 65535,
	}} with input as standalone(properties) with data.params as params
	ingress.open == {{
		"path": ["SecurityGroupIngress", 0, "CidrIp"],
		"protocol": "tcp", "from": 0, "to": 65535,
	}} with input as inline([properties]) with data.params as params
}

test_closed[name] if {
	some name, document in {
		"no source": standalone({"IpProtocol": "tcp"}),
		"group": standalone({"IpProtocol": "tcp", "SourceSecurityGroupId": "sg-0123456789abcdef0"}),
		"private": standalone({"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8", "CidrIpv6": "fd00::/8"}),
		"no rules": inline([]),
		"inline private": inline([{"IpProtocol": "-1", "CidrIp": "${Vpc.CidrBlock}"}]),
		"no property": {"resource": {"type": "AWS::EC2::SecurityGroup", "properties": {}}},
	}
	ingress.open == set() with input as document with data.params as params
}

classes(entry) := {name |
	some name, member in {
		"all_traffic": all_traffic(entry),
		"admin": count(ingress.admin_ports(entry)) > 0,
		"database": count(ingress.database_ports(entry)) > 0,
		"public_service": public_service(entry),
		"other": other(entry),
	}
	member
}

default all_traffic(_) := false

all_traffic(entry) if ingress.all_traffic(entry)

default public_service(_) := false

public_service(entry) if ingress.public_service(entry)

default other(_) := false

other(entry) if ingress.other(entry)

test_classes[name] if {
	some name, case in {
		"all protocols": {"entry": ["-1", 0, 65535], "classes": {"all_traffic"}},
		"all protocols by name": {"entry": ["all", 22, 22], "classes": {"all_traffic"}},
		"all tcp ports": {"entry": ["tcp", 0, 65535], "classes": {"all_traffic"}},
		"all udp ports but 0": {"entry": ["17", 1, 65535], "classes": {"all_traffic"}},
		"nearly all, low end": {"entry": ["tcp", 2, 65535], "classes": {"admin", "database"}},
		"nearly all, high end": {"entry": ["tcp", 0, 65534], "classes": {"admin", "database"}},
		"ssh": {"entry": ["tcp", 22, 22], "classes": {"admin"}},
		"ssh by number": {"entry": ["6", 22, 22], "classes": {"admin"}},
		"rdp over udp": {"entry": ["udp", 3389, 3389], "classes": {"admin"}},
		"range that ends at ssh": {"entry": ["tcp", 20, 22], "classes": {"admin"}},
		"range that begins at ssh": {"entry": ["tcp", 22, 25], "classes": {"admin"}},
		"range below ssh": {"entry": ["tcp", 20, 21], "classes": {"other"}},
		"range above ssh": {"entry": ["tcp", 23, 79], "classes": {"other"}},
		"mysql": {"entry": ["tcp", 3306, 3306], "classes": {"database"}},
		"range over both": {"entry": ["tcp", 3000, 3400], "classes": {"admin", "database"}},
		"http": {"entry": ["tcp", 80, 80], "classes": {"public_service"}},
		"http/3": {"entry": ["udp", 443, 443], "classes": {"public_service"}},
		"range of web ports and more": {"entry": ["tcp", 80, 443], "classes": {"other"}},
		"ping": {"entry": ["icmp", 8, 65535], "classes": {"public_service"}},
		"icmp by number": {"entry": ["1", 0, 65535], "classes": {"public_service"}},
		"icmpv6": {"entry": ["icmpv6", 0, 65535], "classes": {"public_service"}},
		"icmpv6 by number": {"entry": ["58", 0, 65535], "classes": {"public_service"}},
		"esp": {"entry": ["50", 0, 65535], "classes": {"other"}},
		"protocol not known here": {"entry": ["${protocol}", 22, 22], "classes": {"other"}},
		"port not known here": {"entry": ["tcp", "${Db.Endpoint.Port}", "${Db.Endpoint.Port}"], "classes": {"other"}},
		"range upside down": {"entry": ["tcp", 100, 10], "classes": {"other"}},
	}
	entry := {"path": ["CidrIp"], "protocol": case.entry[0], "from": case.entry[1], "to": case.entry[2]}
	classes(entry) == case.classes with data.params as params
}

test_ports_of_a_class if {
	entry := {"path": ["CidrIp"], "protocol": "tcp", "from": 0, "to": 4000}
	ingress.admin_ports(entry) == {22, 3389} with data.params as params
	ingress.database_ports(entry) == {3306} with data.params as params
}
