# METADATA
# title: Lambda timeout is within the limit
# description: >-
#   A function that hangs is paid for, and holds its concurrency, until the timeout. The parameter
#   lambda.max_timeout is the most that is accepted, in seconds; Lambda itself allows 900.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
# custom:
#   id: LAMBDA_TIMEOUT_LIMIT
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Lower Timeout, or do the work in shorter steps.
package guardhook.lambda.timeout_limit

default limit := 900

limit := data.params.lambda.max_timeout

deny contains finding if {
	input.resource.properties.Timeout
	not within_limit
	finding := {
		"path": ["Timeout"],
		"message": sprintf("Timeout is more than %v seconds.", [limit]),
	}
}

within_limit if input.resource.properties.Timeout <= limit
