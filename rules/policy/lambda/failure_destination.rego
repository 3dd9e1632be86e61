# METADATA
# title: Events that a function fails on are kept
# description: >-
#   S3, SNS, EventBridge and others hand an event to Lambda and go on. When the function fails three
#   times the event is gone, unless the function has a dead-letter queue or a destination for failures.
#   The rule looks at functions that the template permits such a service to invoke. It leaves out those
#   of macros, for whose answer CloudFormation waits.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
# custom:
#   id: LAMBDA_FAILURE_DESTINATION
#   severity: LOW
#   scope: template
#   resource_types:
#     - AWS::Lambda::Function
#     - AWS::Lambda::Permission
#     - AWS::Lambda::EventInvokeConfig
#     - AWS::CloudFormation::Macro
#   remediation: >-
#     Set DeadLetterConfig.TargetArn, or add an AWS::Lambda::EventInvokeConfig with
#     DestinationConfig.OnFailure.
#   controls:
#     nist-800-53-r5: [CA-7, CP-10, SI-11]
#     aws-guard-rules-registry: [lambda/lambda_dlq_check]
#   witnesses: ["", sns.amazonaws.com]
package guardhook.lambda.failure_destination

import data.guardhook.lib.function
import data.guardhook.lib.value

# Services that do not wait for the function.
asynchronous := {
	"cloudformation.amazonaws.com", "codecommit.amazonaws.com", "config.amazonaws.com", "events.amazonaws.com",
	"iot.amazonaws.com", "logs.amazonaws.com", "s3.amazonaws.com", "ses.amazonaws.com", "sns.amazonaws.com",
}

deny contains finding if {
	some id
	input.template.resources[id].type == "AWS::Lambda::Function"
	invoked(id)
	not kept(id)
	finding := {
		"resource": id,
		"path": ["DeadLetterConfig", "TargetArn"],
		"message": "Events that the function fails on are lost: it is invoked asynchronously, and keeps none.",
	}
}

invoked(id) if {
	some permission
	principal := input.template.resources[permission].properties.Principal
	principal in asynchronous
	of(input.template.resources[permission].properties.FunctionName, id)
	not awaited(principal, id)
}

awaited("cloudformation.amazonaws.com", id) if {
	some macro
	input.template.resources[macro].type == "AWS::CloudFormation::Macro"
	of(input.template.resources[macro].properties.FunctionName, id)
}

kept(id) if value.nonempty(input.template.resources[id].properties.DeadLetterConfig.TargetArn)

kept(id) if {
	some configuration
	value.nonempty(input.template.resources[configuration].properties.DestinationConfig.OnFailure.Destination)
	of(input.template.resources[configuration].properties.FunctionName, id)
}

of(text, id) if function.names(text, id)

of(text, id) if function.called(text, input.template.resources[id].properties.FunctionName)
