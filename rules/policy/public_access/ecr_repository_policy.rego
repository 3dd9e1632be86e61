# METADATA
# title: ECR repository policy names who may use the repository
# description: >-
#   A private repository open to everyone publishes the code in its images, and with push rights lets
#   strangers replace them. The policy of a registry does the same for all of its repositories, and that
#   of a creation template for those to come.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
# custom:
#   id: ECR_REPOSITORY_POLICY_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::ECR::Repository", "AWS::ECR::RegistryPolicy", "AWS::ECR::RepositoryCreationTemplate"]
#   remediation: >-
#     Name the accounts or roles in Principal, or add a condition on aws:PrincipalOrgID.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.ecr_repository_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in open_places
	finding := {
		"path": path,
		"message": "The repository policy allows anyone, with no condition that restricts who.",
	}
}

open_places contains path if {
	some path in exposure.places(["RepositoryPolicyText"], input.resource.properties.RepositoryPolicyText)
}

open_places contains path if {
	some path in exposure.places(["PolicyText"], input.resource.properties.PolicyText)
}

open_places contains path if {
	some path in exposure.places(["RepositoryPolicy"], input.resource.properties.RepositoryPolicy)
}
