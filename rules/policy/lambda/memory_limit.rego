# METADATA
# title: Lambda memory is within the limit
# description: >-
#   Memory is paid for by the millisecond. The parameter lambda.max_memory is the most that is
#   accepted, in MB; Lambda itself allows 10240.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
# custom:
#   id: LAMBDA_MEMORY_LIMIT
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Lambda::Function"]
#   remediation: Lower MemorySize.
package guardhook.lambda.memory_limit

default limit := 10240

limit := data.params.lambda.max_memory

deny contains finding if {
	input.resource.properties.MemorySize
	not within_limit
	finding := {
		"path": ["MemorySize"],
		"message": sprintf("MemorySize is more than %v MB.", [limit]),
	}
}

within_limit if input.resource.properties.MemorySize <= limit
