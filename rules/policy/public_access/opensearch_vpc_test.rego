package guardhook.public_access.opensearch_vpc_test

import data.guardhook.public_access.opensearch_vpc as rule

domain(properties) := {"resource": {"type": "AWS::OpenSearchService::Domain", "properties": properties}}

test_public[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"VPCOptions": {}},
		"no subnets": {"VPCOptions": {"SubnetIds": [], "SecurityGroupIds": ["${Group}"]}},
	}
	rule.deny == {{
		"path": ["VPCOptions", "SubnetIds"],
		"message": "The domain has an endpoint on the internet: it is in no VPC.",
	}} with input as domain(properties)
}

test_private if {
	rule.deny == set() with input as domain({"VPCOptions": {"SubnetIds": ["${Subnet}"]}})
}
