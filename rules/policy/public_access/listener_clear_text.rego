# METADATA
# title: Load balancer does not serve clear text
# description: >-
#   What goes through an HTTP listener can be read and changed on the way. A listener that only
#   redirects to HTTPS is fine.
# related_resources:
#   - https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
# custom:
#   id: LISTENER_CLEAR_TEXT
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancing::LoadBalancer"]
#   remediation: Serve HTTPS, and redirect the HTTP listener to it.
#   controls:
#     nist-800-53-r5: ["AC-17(2)", SC-8, "SC-8(1)", SC-13, SC-23]
#     pci-dss-4: ["4.2.1"]
#     aws-guard-rules-registry:
#       - elastic_load_balancing/elb_tls_https_listeners_only
#       - elastic_load_balancing_v2/elbv2_listener_protocol_rule
package guardhook.public_access.listener_clear_text

deny contains finding if {
	input.resource.properties.Protocol == "HTTP"
	not redirects
	finding := {
		"path": ["Protocol"],
		"message": "The listener serves clear text, and does not redirect to HTTPS.",
	}
}

deny contains finding if {
	some i
	lower(input.resource.properties.Listeners[i].Protocol) == "http"
	finding := {
		"path": ["Listeners", i, "Protocol"],
		"message": "The listener serves clear text.",
	}
}

redirects if {
	some i
	input.resource.properties.DefaultActions[i].Type == "redirect"
	input.resource.properties.DefaultActions[i].RedirectConfig.Protocol == "HTTPS"
}
