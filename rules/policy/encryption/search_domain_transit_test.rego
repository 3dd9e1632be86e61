package guardhook.encryption.search_domain_transit_test

import data.guardhook.encryption.search_domain_transit as rule

domain(properties) := {"resource": {
	"type": "AWS::OpenSearchService::Domain",
	"properties": object.union(whole, properties),
}}

whole := {
	"NodeToNodeEncryptionOptions": {"Enabled": true},
	"DomainEndpointOptions": {"EnforceHTTPS": true, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
}

nodes := {
	"path": ["NodeToNodeEncryptionOptions", "Enabled"],
	"message": "The nodes of the domain talk to each other in clear text.",
}

endpoint := {
	"path": ["DomainEndpointOptions", "EnforceHTTPS"],
	"message": "The endpoint of the domain answers HTTP.",
}

old := {
	"path": ["DomainEndpointOptions", "TLSSecurityPolicy"],
	"message": "The endpoint of the domain accepts TLS 1.0 and 1.1.",
}

test_encrypted[policy] if {
	some policy in ["Policy-Min-TLS-1-2-2019-07", "Policy-Min-TLS-1-2-PFS-2023-10"]
	rule.deny == set() with input as domain({"DomainEndpointOptions": {"TLSSecurityPolicy": policy}})
}

test_nodes[on] if {
	some on in [false, "${On}", "yes"]
	rule.deny == {nodes} with input as domain({"NodeToNodeEncryptionOptions": {"Enabled": on}})
}

test_endpoint[on] if {
	some on in [false, "${On}", "yes"]
	rule.deny == {endpoint} with input as domain({"DomainEndpointOptions": {"EnforceHTTPS": on}})
}

test_old_tls[policy] if {
	some policy in ["Policy-Min-TLS-1-0-2019-07", "", "Policy-Min-TLS-1-2"]
	rule.deny == {old} with input as domain({"DomainEndpointOptions": {"TLSSecurityPolicy": policy}})
}

test_nothing if {
	rule.deny == {nodes, endpoint} with input as {"resource": {"properties": {}}}
	properties := {"DomainEndpointOptions": {"EnforceHTTPS": true}}
	rule.deny == {nodes, old} with input as {"resource": {"properties": properties}}
}
