package guardhook.iam.trust_action_test

import data.guardhook.iam.trust_action as rule

with_trust(body) := {"resource": {
	"type": "AWS::IAM::Role",
	"properties": {"AssumeRolePolicyDocument": {"Statement": [body]}},
}}

trust(action) := {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": action}

message := "The trust policy allows every action of sts."

test_wildcards[action] if {
	some action in ["sts:*", "STS:*", "*", "*:*", "s*:*", "sts:**"]
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", 0, "Action"],
		"message": message,
	}} with input as with_trust(trust(action))
}

test_place_in_a_list if {
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", 0, "Action", 1],
		"message": message,
	}} with input as with_trust(trust(["sts:AssumeRole", "sts:*"]))
}

test_not_action if {
	body := {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "NotAction": "sts:TagSession"}
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument", "Statement", 0, "NotAction"],
		"message": message,
	}} with input as with_trust(body)
}

test_text_document if {
	properties := {"AssumeRolePolicyDocument": json.marshal({"Statement": trust("sts:*")})}
	rule.deny == {{
		"path": ["AssumeRolePolicyDocument"],
		"message": message,
	}} with input as {"resource": {"type": "AWS::IAM::Role", "properties": properties}}
}

test_narrower[name] if {
	some name, body in {
		"one action": trust("sts:AssumeRole"),
		"several actions": trust(["sts:AssumeRole", "sts:TagSession"]),
		"partial wildcard": trust("sts:Assume*"),
		"another service": trust("iam:*"),
		"deny": object.union(trust("sts:*"), {"Effect": "Deny"}),
		"condition": object.union(trust("sts:*"), {"Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}),
		"no action": {"Effect": "Allow", "Principal": "*"},
	}
	rule.deny == set() with input as with_trust(body)
}

test_no_document if {
	rule.deny == set() with input as {"resource": {"type": "AWS::IAM::Role", "properties": {}}}
}
