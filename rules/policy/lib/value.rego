# METADATA
# title: Whether a property holds a value
# description: >-
#   A call with a property that is absent is undefined, and so is its negation: `not nonempty(x.y)`
#   never holds without x.y. Name the good state in a rule, and negate the rule.
package guardhook.lib.value

# is_set holds for every value but null: false, 0 and "" are values.
is_set(value) if not is_null(value)

# nonempty holds for a value that carries something. CloudFormation takes the
# empty string, list or map for absent in many places and refuses it in others;
# nowhere does it name a key, a subnet or a role.
nonempty(value) if {
	is_string(value)
	value != ""
}

nonempty(value) if {
	is_array(value)
	count(value) > 0
}

nonempty(value) if {
	is_object(value)
	count(value) > 0
}

nonempty(value) if is_number(value)

nonempty(value) if is_boolean(value)
