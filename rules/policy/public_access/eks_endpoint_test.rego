package guardhook.public_access.eks_endpoint_test

import data.guardhook.public_access.eks_endpoint as rule

params := {"public_access": {"max_open_prefix": 7, "max_open_prefix_ipv6": 12}}

cluster(configuration) := {"resource": {
	"type": "AWS::EKS::Cluster",
	"properties": {"ResourcesVpcConfig": object.union({"SubnetIds": ["${Subnet}"]}, configuration)},
}}

test_open_by_default[name] if {
	some name, configuration in {
		"missing": {},
		"public": {"EndpointPublicAccess": true},
		"empty": {"PublicAccessCidrs": []},
		"text": {"EndpointPublicAccess": "${Public}"},
	}
	rule.deny == {{
		"path": ["ResourcesVpcConfig", "EndpointPublicAccess"],
		"message": "The endpoint of the cluster is open to the internet, which is the default.",
	}} with input as cluster(configuration) with data.params as params
}

test_open_range if {
	rule.deny == {{
		"path": ["ResourcesVpcConfig", "PublicAccessCidrs", 1],
		"message": "The endpoint of the cluster is open to the internet.",
	}} with input as cluster({"PublicAccessCidrs": ["192.0.2.0/24", "0.0.0.0/0"]}) with data.params as params
}

test_pass[name] if {
	some name, configuration in {
		"private": {"EndpointPublicAccess": false},
		"private with ranges": {"EndpointPublicAccess": false, "PublicAccessCidrs": ["0.0.0.0/0"]},
		"limited": {"EndpointPublicAccess": true, "PublicAccessCidrs": ["192.0.2.0/24"]},
	}
	rule.deny == set() with input as cluster(configuration) with data.params as params
}
