# METADATA
# title: SNS topic policy names who may use the topic
# description: >-
#   A topic open to everyone lets strangers publish to its subscribers, or subscribe and read along.
# related_resources:
#   - https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html
# custom:
#   id: SNS_TOPIC_POLICY_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy"]
#   remediation: >-
#     Name the accounts, roles or services in Principal, or add a condition on aws:SourceArn,
#     aws:SourceAccount, aws:SourceOwner or aws:PrincipalOrgID.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.sns_topic_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in exposure.places(["PolicyDocument"], input.resource.properties.PolicyDocument)
	finding := {
		"path": path,
		"message": "The topic policy allows anyone, with no condition that restricts who.",
	}
}
