package guardhook.lib.cidr_test

import data.guardhook.lib.cidr

params := {"public_access": {"max_open_prefix": 7, "max_open_prefix_ipv6": 12}}

test_open[block] if {
	some block in [
		"0.0.0.0/0", "0.0.0.0/00", "0.0.0.0/000", "0/0", "1.2.3.4/0", " 0.0.0.0/0 ", "999.0.0.0/0",
		"0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/2", "8.0.0.0/7", "8.0.0.0/07",
		"::/0", "0::/0", "0::0/0", "::0/0", "0:0:0:0:0:0:0:0/0", "0000:0000:0000:0000:0000:0000:0000:0000/0",
		"::ffff:0.0.0.0/0", "::/1", "8000::/1", "2000::/3", "2600::/12", "F000::/4", "fc00::/6",
	]
	cidr.open(block) with data.params as params
}

test_not_open[block] if {
	some block in [
		"10.0.0.0/8", "8.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "203.0.113.7/32", "10.0.0.0/08",
		"2001:db8::/32", "::1/128", "2600::/13", "fc00::/7", "FD00::/8", "fe80::/10", " fd12:3456:789a::/12",
		"", "/", "/0", "0.0.0.0", "::", "0.0.0.0/", "0.0.0.0/x", "0.0.0.0/-1", "0.0.0.0/0/0", "0.0.0.0/1000",
		"${Cidr}", "${Vpc.CidrBlock}", "pl-0123456789abcdef0/0", "anywhere/0", 0, true, null, [], {},
	]
	not cidr.open(block) with data.params as params
}

test_thresholds_are_parameters if {
	narrow := {"public_access": {"max_open_prefix": 0, "max_open_prefix_ipv6": 0}}
	cidr.open("0.0.0.0/0") with data.params as narrow
	not cidr.open("0.0.0.0/1") with data.params as narrow
	cidr.open("::/0") with data.params as narrow
	not cidr.open("::/1") with data.params as narrow
	cidr.open("10.0.0.0/8") with data.params as {"public_access": {"max_open_prefix": 8}}
}

test_prefix_length if {
	cidr.prefix_length("10.0.0.0/8") == 8
	cidr.prefix_length("::/128") == 128
	cidr.prefix_length("::/000") == 0
	not cidr.prefix_length("10.0.0.0")
}
