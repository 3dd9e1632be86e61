# METADATA
# title: Lambda function sets its timeout
# description: >-
#   Without Timeout a function stops after 3 seconds. The time that a function may take follows from
#   what it does and what calls it, so it is written down.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
# custom:
#   id: LAMBDA_TIMEOUT_SET
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Set Timeout to the seconds that the function may take.
package guardhook.lambda.timeout_set

deny contains finding if {
	not input.resource.properties.Timeout
	finding := {
		"path": ["Timeout"],
		"message": "The function has no Timeout.",
	}
}
