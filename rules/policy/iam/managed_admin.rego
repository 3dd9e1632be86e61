# METADATA
# title: No AWS managed administrator policy is attached
# description: >-
#   AdministratorAccess and its variants, PowerUserAccess and IAMFullAccess allow everything, or
#   enough to become an administrator.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html
#   - https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
# custom:
#   id: IAM_MANAGED_ADMIN
#   severity: CRITICAL
#   scope: resource
#   resource_types: ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SSO::PermissionSet"]
#   remediation: Attach a policy that names the actions and resources that are needed.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, "AC-6(2)", "AC-6(10)"]
#     cis-aws-foundations-3: ["1.16"]
#     cis-aws-foundations-4: ["1.16"]
#     pci-dss-4: ["7.2.1", "7.2.2"]
#     aws-guard-rules-registry: [iam/iam_role_elevated_managed_policy_rule]
#   witnesses:
#     - arn:aws:iam::aws:policy/AdministratorAccess
#     - arn:aws:iam::aws:policy/PowerUserAccess
package guardhook.iam.managed_admin

deny contains finding if {
	some i, arn in input.resource.properties.ManagedPolicyArns
	administrator(arn)
	finding := {
		"path": ["ManagedPolicyArns", i],
		"message": "An AWS managed policy with administrator rights is attached.",
	}
}

deny contains finding if {
	some i, arn in input.resource.properties.ManagedPolicies
	administrator(arn)
	finding := {
		"path": ["ManagedPolicies", i],
		"message": "An AWS managed policy with administrator rights is attached.",
	}
}

administrator(arn) if {
	is_string(arn)
	regex.match(`:iam::aws:policy/([^/]+/)*(AdministratorAccess(-[^/]*)?|PowerUserAccess|IAMFullAccess)$`, arn)
}
