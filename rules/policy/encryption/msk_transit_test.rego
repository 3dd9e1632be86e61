package guardhook.encryption.msk_transit_test

import data.guardhook.encryption.msk_transit as rule

cluster(transit) := {"resource": {
	"type": "AWS::MSK::Cluster",
	"properties": {"EncryptionInfo": {"EncryptionInTransit": transit}},
}}

test_tls[name] if {
	some name, transit in {"default": {}, "written": {"ClientBroker": "TLS", "InCluster": true}}
	rule.deny == set() with input as cluster(transit)
}

test_nothing if {
	rule.deny == set() with input as {"resource": {"type": "AWS::MSK::Cluster", "properties": {}}}
}

test_clear_clients[mode] if {
	some mode in ["TLS_PLAINTEXT", "PLAINTEXT"]
	rule.deny == {{
		"path": ["EncryptionInfo", "EncryptionInTransit", "ClientBroker"],
		"message": "The cluster accepts clients in clear text.",
	}} with input as cluster({"ClientBroker": mode})
}

test_clear_brokers if {
	rule.deny == {{
		"path": ["EncryptionInfo", "EncryptionInTransit", "InCluster"],
		"message": "The brokers of the cluster talk to each other in clear text.",
	}} with input as cluster({"ClientBroker": "TLS", "InCluster": false})
}
