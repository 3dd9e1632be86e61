# METADATA
# title: SQS queue policy names who may use the queue
# description: >-
#   A queue open to everyone takes messages from strangers, and may hand out or delete the messages
#   in it.
# related_resources:
#   - https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
# custom:
#   id: SQS_QUEUE_POLICY_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy"]
#   remediation: >-
#     Name the accounts, roles or services in Principal, or add a condition on aws:SourceArn,
#     aws:SourceAccount or aws:PrincipalOrgID.
#   controls:
#     nist-800-53-r5: [AC-3, AC-6, SC-7]
#     pci-dss-4: ["7.2.1"]
#     aws-guard-rules-registry: [amazon_sqs/sqs_queuepolicy_no_allow_plus_notprincipal]
#   witnesses: ["*", "0.0.0.0/0"]
package guardhook.public_access.sqs_queue_policy

import data.guardhook.lib.exposure

deny contains finding if {
	some path in exposure.places(["PolicyDocument"], input.resource.properties.PolicyDocument)
	finding := {
		"path": path,
		"message": "The queue policy allows anyone, with no condition that restricts who.",
	}
}
