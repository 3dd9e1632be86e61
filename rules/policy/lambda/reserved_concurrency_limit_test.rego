package guardhook.lambda.reserved_concurrency_limit_test

import data.guardhook.lambda.reserved_concurrency_limit as rule

function(value) := {"resource": {
	"type": "AWS::Lambda::Function",
	"properties": {"ReservedConcurrentExecutions": value},
}}

found(limit) := {{
	"path": ["ReservedConcurrentExecutions"],
	"message": sprintf("ReservedConcurrentExecutions is more than %v.", [limit]),
}}

test_default_limit if {
	rule.deny == found(1000) with input as function(1001)
	rule.deny == found(1000) with input as function(1001) with data.params as {}
	rule.deny == set() with input as function(1000)
}

test_parameter if {
	params := {"lambda": {"max_reserved_concurrency": 60}}
	rule.deny == found(60) with input as function(61) with data.params as params
	rule.deny == set() with input as function(60) with data.params as params
}

test_no_number_is_not_within_the_limit if {
	rule.deny == found(1000) with input as function("many")
}

test_zero if {
	rule.deny == set() with input as function(0)
}

test_missing if {
	rule.deny == set() with input as {"resource": {"type": "AWS::Lambda::Function", "properties": {}}}
}
