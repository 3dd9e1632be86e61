# METADATA
# title: Lambda reserved concurrency is within the limit
# description: >-
#   Reserved concurrency is taken from all other functions of the account and region. The parameter
#   lambda.max_reserved_concurrency is the most that one function may take.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
# custom:
#   id: LAMBDA_RESERVED_CONCURRENCY_LIMIT
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Lower ReservedConcurrentExecutions.
#   controls:
#     nist-800-53-r5: [SC-6]
package guardhook.lambda.reserved_concurrency_limit

default limit := 1000

limit := data.params.lambda.max_reserved_concurrency

deny contains finding if {
	input.resource.properties.ReservedConcurrentExecutions
	not within_limit
	finding := {
		"path": ["ReservedConcurrentExecutions"],
		"message": sprintf("ReservedConcurrentExecutions is more than %v.", [limit]),
	}
}

within_limit if input.resource.properties.ReservedConcurrentExecutions <= limit
