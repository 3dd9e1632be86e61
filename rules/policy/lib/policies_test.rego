package guardhook.lib.policies_test

import data.guardhook.lib.policies

role(documents) := {"resource": {"type": "AWS::IAM::Role", "properties": {"Policies": [policy |
	some i, document in documents
	policy := {"PolicyName": sprintf("p%v", [i]), "PolicyDocument": document}
]}}}

managed(document) := {"resource": {"type": "AWS::IAM::ManagedPolicy", "properties": {"PolicyDocument": document}}}

test_actions_of_inline_policies if {
	documents := [
		{"Statement": [{"Effect": "Allow", "Action": "S3:Get*"}, {"Effect": "Deny", "Action": ["a:B", "c:D"]}]},
		{"Statement": {"Effect": "Allow", "Action": "e:F"}},
	]
	policies.actions == {"s3:get*", "a:b", "c:d", "e:f"} with input as role(documents)
	not policies.hidden with input as role(documents)
}

test_wildcards if {
	policies.wildcards == {"s3:*", "s3:ge?"} with input as managed({"Statement": [{
		"Effect": "Allow",
		"Action": ["s3:*", "s3:Ge?", "s3:GetObject"],
	}]})
}

test_actions_of_a_policy if {
	policies.actions == {"a:b"} with input as managed({"Statement": [{"Effect": "Allow", "Action": ["A:B"]}]})
	policies.actions == {"a:b"} with input as managed({"Statement": {"Effect": "Allow", "Action": "A:B"}})
	not policies.hidden with input as managed({"Statement": [{"Effect": "Allow", "Action": ["A:B"]}]})
	not policies.hidden with input as managed({"Statement": {"Effect": "Allow", "Action": "A:B"}})
}

test_odd_actions if {
	policies.actions == {"a:b"} with input as role([{"Statement": [{"Effect": "Allow", "Action": ["A:B", {}, 5]}]}])
	policies.actions == {"a:b"} with input as role([{"Statement": {"Effect": "Allow", "Action": ["A:B", {}]}}])
	policies.actions == {"a:b"} with input as managed({"Statement": {"Effect": "Allow", "Action": ["A:B", {}]}})
}

test_not_action_hides[name] if {
	some name, document in {
		"listed": {"Statement": [{"Effect": "Allow", "NotAction": "a:B"}]},
		"single": {"Statement": {"Effect": "Allow", "NotAction": ["a:B"]}},
	}
	policies.hidden with input as role([document])
	policies.hidden with input as managed(document)
}

test_text_hides if {
	policies.hidden with input as role(["{}"])
	policies.hidden with input as managed("{}")
	policies.actions == set() with input as managed("{}")
}

test_no_policies if {
	not policies.hidden with input as {"resource": {"type": "AWS::IAM::Role", "properties": {}}}
}

test_excepting[name] if {
	some name, document in {
		"listed": {"Statement": [{"Effect": "Allow", "NotResource": "*"}]},
		"single": {"Statement": {"Effect": "Allow", "NotResource": ["*"]}},
	}
	policies.excepting with input as role([document])
	policies.excepting with input as managed(document)
}

test_not_excepting if {
	not policies.excepting with input as managed({"Statement": {"Effect": "Allow", "Resource": "*"}})
}
