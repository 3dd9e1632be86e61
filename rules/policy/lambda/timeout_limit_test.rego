package guardhook.lambda.timeout_limit_test

import data.guardhook.lambda.timeout_limit as rule

function(value) := {"resource": {"type": "AWS::Lambda::Function", "properties": {"Timeout": value}}}

found(limit) := {{
	"path": ["Timeout"],
	"message": sprintf("Timeout is more than %v seconds.", [limit]),
}}

test_default_limit if {
	rule.deny == found(900) with input as function(901)
	rule.deny == found(900) with input as function(901) with data.params as {}
	rule.deny == set() with input as function(900)
}

test_parameter if {
	params := {"lambda": {"max_timeout": 60}}
	rule.deny == found(60) with input as function(61) with data.params as params
	rule.deny == set() with input as function(60) with data.params as params
}

test_no_number_is_not_within_the_limit if {
	rule.deny == found(900) with input as function("many")
}

test_zero if {
	rule.deny == set() with input as function(0)
}

test_missing if {
	rule.deny == set() with input as {"resource": {"type": "AWS::Lambda::Function", "properties": {}}}
}
