package guardhook.public_access.broker_public_test

import data.guardhook.public_access.broker_public as rule

broker(properties) := {"resource": {"type": "AWS::AmazonMQ::Broker", "properties": properties}}

cluster(type) := {"resource": {
	"type": "AWS::MSK::Cluster",
	"properties": {"BrokerNodeGroupInfo": {"ConnectivityInfo": {"PublicAccess": {"Type": type}}}},
}}

test_public_broker if {
	rule.deny == {{
		"path": ["PubliclyAccessible"],
		"message": "The broker is publicly accessible.",
	}} with input as broker({"PubliclyAccessible": true})
}

test_public_cluster if {
	rule.deny == {{
		"path": ["BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type"],
		"message": "The brokers are publicly accessible.",
	}} with input as cluster("SERVICE_PROVIDED_EIPS")
}

test_private if {
	rule.deny == set() with input as broker({"PubliclyAccessible": false})
	rule.deny == set() with input as broker({})
	rule.deny == set() with input as cluster("DISABLED")
}
