# METADATA
# description: >-
#   CIDR blocks. A rule that uses this package lists "0.0.0.0/0" and "::/0" in
#   its witnesses, since the verdict is computed from the text.
package guardhook.lib.cidr

# open(block) is true when an IPv4 or IPv6 block, in any spelling, covers so
# many public addresses that it stands for the internet: its prefix is at most
# data.params.public_access.max_open_prefix bits long (IPv4) or
# max_open_prefix_ipv6 bits long. Two halves such as 0.0.0.0/1 and 128.0.0.0/1
# are each open. Text that is no CIDR block is not open.
open(block) if {
	is_string(block)
	not ipv6(block)
	prefix_length(block) <= data.params.public_access.max_open_prefix
}

open(block) if {
	is_string(block)
	ipv6(block)
	not private_ipv6(block)
	prefix_length(block) <= data.params.public_access.max_open_prefix_ipv6
}

# prefix_length(block) is undefined for text that is no CIDR block. The bits
# after the prefix are not looked at, as in CloudFormation: 1.2.3.4/0 is
# 0.0.0.0/0.
prefix_length(block) := to_number(digits) if {
	[[_, digits]] := regex.find_all_string_submatch_n(`^\s*[0-9A-Fa-f.:]+/0*([0-9]{1,3})\s*$`, block, 1)
}

ipv6(block) if contains(block, ":")

# Unique local and link-local addresses are not routed on the internet. A prefix
# shorter than fc00::/7 covers more than those.
private_ipv6(block) if {
	regex.match(`^\s*[Ff]([CcDd][0-9A-Fa-f]|[Ee][89AaBb])[0-9A-Fa-f]:`, block)
	prefix_length(block) >= 7
}
