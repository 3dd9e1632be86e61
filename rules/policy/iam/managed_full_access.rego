# METADATA
# title: No AWS managed full access policy is attached
# description: >-
#   The AWS managed policies with FullAccess in their name allow every action of a service on every
#   resource of the account, often together with rights in other services.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-use-aws-defined-policies
#   - https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
# custom:
#   id: IAM_MANAGED_FULL_ACCESS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SSO::PermissionSet"]
#   remediation: Attach a policy that names the actions and resources that are needed.
#   controls: {nist-800-53-r5: [AC-6], pci-dss-4: ["7.2.2"]}
#   witnesses:
#     - arn:aws:iam::aws:policy/AmazonS3FullAccess
#     - arn:aws:iam::aws:policy/AWSLambda_FullAccess
package guardhook.iam.managed_full_access

deny contains finding if {
	some i, arn in input.resource.properties.ManagedPolicyArns
	full_access(arn)
	finding := {
		"path": ["ManagedPolicyArns", i],
		"message": "An AWS managed policy with full access to a service is attached.",
	}
}

deny contains finding if {
	some i, arn in input.resource.properties.ManagedPolicies
	full_access(arn)
	finding := {
		"path": ["ManagedPolicies", i],
		"message": "An AWS managed policy with full access to a service is attached.",
	}
}

full_access(arn) if {
	is_string(arn)
	regex.match(`:iam::aws:policy/([^/]+/)*[^/]*FullAccess[^/]*$`, arn)

	# An administrator policy: IAM_MANAGED_ADMIN.
	not endswith(arn, "/IAMFullAccess")
}
