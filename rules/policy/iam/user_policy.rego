# METADATA
# title: IAM user gets permissions from groups
# description: >-
#   What is granted to a user is found again only by looking at every user. Permissions of a group are
#   granted, reviewed and taken away in one place; a role does without a user.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
# custom:
#   id: IAM_USER_POLICY
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::IAM::User", "AWS::IAM::UserPolicy", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"]
#   remediation: >-
#     Attach the policy to a group, and make the user a member; better, let people and programs take a
#     role.
#   controls:
#     nist-800-53-r5: ["AC-2(1)", AC-3, AC-6]
#     cis-aws-foundations-3: ["1.15"]
#     cis-aws-foundations-4: ["1.15"]
#     pci-dss-4: ["7.2.1", "7.2.2"]
#     aws-guard-rules-registry: [iam/iam_no_policy_on_user, iam/iam_user_no_policies_check]
package guardhook.iam.user_policy

deny contains finding if {
	some path in grants
	finding := {"path": path, "message": "The user is given permissions directly."}
}

grants contains ["UserName"] if input.resource.type == "AWS::IAM::UserPolicy"

grants contains ["Policies", i] if {
	some i
	input.resource.properties.Policies[i]
}

grants contains ["ManagedPolicyArns", i] if {
	some i
	input.resource.properties.ManagedPolicyArns[i]
}

grants contains ["Users", i] if {
	some i
	input.resource.properties.Users[i]
}
