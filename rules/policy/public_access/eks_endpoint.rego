# METADATA
# title: EKS endpoint is not open to the internet
# description: >-
#   The Kubernetes API of a cluster is on the internet by default, for every address. It should be
#   private, or at least limited to known address ranges.
# related_resources:
#   - https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
# custom:
#   id: EKS_ENDPOINT_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::EKS::Cluster"]
#   remediation: >-
#     Set ResourcesVpcConfig.EndpointPublicAccess to false and EndpointPrivateAccess to true, or name
#     address ranges in PublicAccessCidrs.
#   controls:
#     nist-800-53-r5: [AC-4, AC-6, SC-7]
#     pci-dss-4: ["1.4.4"]
#     aws-guard-rules-registry: [amazon_eks/eks_endpoint_no_public_access]
#   witnesses: ["0.0.0.0/0", "::/0"]
package guardhook.public_access.eks_endpoint

import data.guardhook.lib.cidr

deny contains finding if {
	not private
	not input.resource.properties.ResourcesVpcConfig.PublicAccessCidrs[0]
	finding := {
		"path": ["ResourcesVpcConfig", "EndpointPublicAccess"],
		"message": "The endpoint of the cluster is open to the internet, which is the default.",
	}
}

deny contains finding if {
	not private
	some i
	cidr.open(input.resource.properties.ResourcesVpcConfig.PublicAccessCidrs[i])
	finding := {
		"path": ["ResourcesVpcConfig", "PublicAccessCidrs", i],
		"message": "The endpoint of the cluster is open to the internet.",
	}
}

private if input.resource.properties.ResourcesVpcConfig.EndpointPublicAccess == false
