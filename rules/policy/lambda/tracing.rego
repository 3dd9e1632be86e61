# METADATA
# title: Lambda function is traced
# description: >-
#   With active tracing X-Ray shows where the time of an invocation went and which call failed, across
#   services. PassThrough traces only what the caller traces.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
# custom:
#   id: LAMBDA_TRACING
#   severity: INFORMATIONAL
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Set TracingConfig.Mode to Active, and let the role send traces.
#   controls:
#     nist-800-53-r5: [AU-12, SI-4]
package guardhook.lambda.tracing

deny contains finding if {
	not input.resource.properties.TracingConfig.Mode == "Active"
	finding := {
		"path": ["TracingConfig", "Mode"],
		"message": "Invocations of the function are not traced.",
	}
}
