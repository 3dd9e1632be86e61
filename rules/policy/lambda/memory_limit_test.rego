package guardhook.lambda.memory_limit_test

import data.guardhook.lambda.memory_limit as rule

function(value) := {"resource": {"type": "AWS::Lambda::Function", "properties": {"MemorySize": value}}}

found(limit) := {{
	"path": ["MemorySize"],
	"message": sprintf("MemorySize is more than %v MB.", [limit]),
}}

test_default_limit if {
	rule.deny == found(10240) with input as function(10241)
	rule.deny == found(10240) with input as function(10241) with data.params as {}
	rule.deny == set() with input as function(10240)
}

test_parameter if {
	params := {"lambda": {"max_memory": 60}}
	rule.deny == found(60) with input as function(61) with data.params as params
	rule.deny == set() with input as function(60) with data.params as params
}

test_no_number_is_not_within_the_limit if {
	rule.deny == found(10240) with input as function("many")
}

test_zero if {
	rule.deny == set() with input as function(0)
}

test_missing if {
	rule.deny == set() with input as {"resource": {"type": "AWS::Lambda::Function", "properties": {}}}
}
