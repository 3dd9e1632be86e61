package guardhook.public_access.listener_clear_text_test

import data.guardhook.public_access.listener_clear_text as rule

listener(properties) := {"resource": {"type": "AWS::ElasticLoadBalancingV2::Listener", "properties": properties}}

classic(listeners) := {"resource": {
	"type": "AWS::ElasticLoadBalancing::LoadBalancer",
	"properties": {"Listeners": listeners},
}}

redirect(protocol) := {"Type": "redirect", "RedirectConfig": {"Protocol": protocol, "StatusCode": "HTTP_301"}}

test_clear_text[name] if {
	some name, actions in {
		"forward": [{"Type": "forward", "TargetGroupArn": "${Group}"}],
		"redirect to HTTP": [redirect("HTTP")],
		"redirect to the same protocol": [{"Type": "redirect", "RedirectConfig": {"Host": "example.com"}}],
		"no action": [],
	}
	rule.deny == {{
		"path": ["Protocol"],
		"message": "The listener serves clear text, and does not redirect to HTTPS.",
	}} with input as listener({"Protocol": "HTTP", "DefaultActions": actions})
}

test_classic if {
	rule.deny == {
		{"path": ["Listeners", 1, "Protocol"], "message": "The listener serves clear text."},
		{"path": ["Listeners", 2, "Protocol"], "message": "The listener serves clear text."},
	} with input as classic([{"Protocol": "HTTPS"}, {"Protocol": "http"}, {"Protocol": "HTTP"}])
}

test_pass[name] if {
	some name, document in {
		"https": listener({"Protocol": "HTTPS", "DefaultActions": [{"Type": "forward"}]}),
		"redirect": listener({"Protocol": "HTTP", "DefaultActions": [redirect("HTTPS")]}),
		"tls": listener({"Protocol": "TLS"}),
		"classic": classic([{"Protocol": "SSL"}]),
	}
	rule.deny == set() with input as document
}
