# METADATA
# title: Load balancer writes access logs
# description: >-
#   Access logs show who came through a load balancer. They are off by default. Gateway load balancers
#   have none.
# related_resources:
#   - https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
# custom:
#   id: LOAD_BALANCER_ACCESS_LOGS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::ElasticLoadBalancingV2::LoadBalancer"]
#   remediation: Add the load balancer attribute access_logs.s3.enabled with the value true.
#   controls:
#     nist-800-53-r5: [AU-2, AU-3, AU-12]
#     pci-dss-4: ["10.2.1"]
#     aws-guard-rules-registry: [elastic_load_balancing/elb_logging_enabled]
package guardhook.logs.load_balancer_access_logs

deny contains finding if {
	not logged
	not input.resource.properties.Type == "gateway"
	finding := {
		"path": ["LoadBalancerAttributes"],
		"message": "The load balancer writes no access logs.",
	}
}

logged if {
	some i
	input.resource.properties.LoadBalancerAttributes[i].Key == "access_logs.s3.enabled"
	input.resource.properties.LoadBalancerAttributes[i].Value == "true"
}
