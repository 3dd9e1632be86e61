# METADATA
# description: >-
#   Ingress rules of security groups that admit the internet, wherever they are
#   written: inline in AWS::EC2::SecurityGroup or as AWS::EC2::SecurityGroupIngress.
#   The classes all_traffic, admin, database, public_service and other say what such
#   a rule opens. Every rule is in at least one class.
package guardhook.lib.ingress

import data.guardhook.lib.cidr

# open has one entry per CIDR block that stands for the internet: the path of the
# block, the protocol in lower case, and the ports. A missing protocol means
# all of them, a missing port or -1 the whole range.
open contains entry if {
	cidr.open(input.resource.properties.CidrIp)
	entry := {"path": ["CidrIp"], "protocol": protocol, "from": from_port, "to": to_port}
}

open contains entry if {
	cidr.open(input.resource.properties.CidrIpv6)
	entry := {"path": ["CidrIpv6"], "protocol": protocol, "from": from_port, "to": to_port}
}

open contains entry if {
	some i
	cidr.open(input.resource.properties.SecurityGroupIngress[i].CidrIp)
	entry := {
		"path": ["SecurityGroupIngress", i, "CidrIp"],
		"protocol": inline_protocol(i), "from": inline_from_port(i), "to": inline_to_port(i),
	}
}

open contains entry if {
	some i
	cidr.open(input.resource.properties.SecurityGroupIngress[i].CidrIpv6)
	entry := {
		"path": ["SecurityGroupIngress", i, "CidrIpv6"],
		"protocol": inline_protocol(i), "from": inline_from_port(i), "to": inline_to_port(i),
	}
}

default protocol := "-1"

protocol := lower(input.resource.properties.IpProtocol)

default from_port := 0

from_port := port if {
	port := input.resource.properties.FromPort
	port != -1
}

default to_port := 65535

to_port := port if {
	port := input.resource.properties.ToPort
	port != -1
}

default inline_protocol(_) := "-1"

inline_protocol(i) := lower(input.resource.properties.SecurityGroupIngress[i].IpProtocol)

default inline_from_port(_) := 0

inline_from_port(i) := port if {
	port := input.resource.properties.SecurityGroupIngress[i].FromPort
	port != -1
}

default inline_to_port(_) := 65535

inline_to_port(i) := port if {
	port := input.resource.properties.SecurityGroupIngress[i].ToPort
	port != -1
}

all_traffic(entry) if entry.protocol in {"-1", "all"}

all_traffic(entry) if {
	has_ports(entry)
	entry.from <= 1
	entry.to >= 65535
}

# admin_ports(entry) and database_ports(entry) are the ports of the class inside
# the entry's range. They are empty for all traffic, which is a class of its own.
admin_ports(entry) := ports_within(entry, data.params.public_access.admin_ports)

database_ports(entry) := ports_within(entry, data.params.public_access.database_ports)

# public_service(entry) is true where only web ports or ICMP are open.
public_service(entry) if entry.protocol in {"icmp", "1", "icmpv6", "58"}

public_service(entry) if {
	has_ports(entry)
	entry.from == entry.to
	entry.from in data.params.public_access.web_ports
}

other(entry) if {
	not all_traffic(entry)
	not public_service(entry)
	count(admin_ports(entry)) == 0
	count(database_ports(entry)) == 0
}

has_ports(entry) if entry.protocol in {"tcp", "6", "udp", "17"}

ports_within(entry, ports) := {port |
	has_ports(entry)
	not all_traffic(entry)
	some port in ports
	entry.from <= port
	port <= entry.to
}
