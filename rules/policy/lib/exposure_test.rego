package guardhook.lib.exposure_test

import data.guardhook.lib.exposure

open_statement := {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}

closed_statement := {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}

test_place_in_a_list if {
	document := {"Statement": [closed_statement, open_statement]}
	exposure.places(["Policy"], document) == {["Policy", "Statement", 1, "Principal"]}
}

test_place_of_a_single_statement if {
	exposure.places(["Policy"], {"Statement": open_statement}) == {["Policy", "Statement", "Principal"]}
}

test_place_of_not_principal if {
	statement := {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}
	exposure.places(["Policy"], {"Statement": [statement]}) == {["Policy", "Statement", 0, "NotPrincipal"]}
}

test_text_has_no_places_inside if {
	exposure.places(["Policy"], json.marshal({"Statement": [open_statement]})) == {["Policy"]}
}

test_nothing_open[name] if {
	some name, document in {
		"closed": {"Statement": [closed_statement]},
		"deny": {"Statement": [object.union(open_statement, {"Effect": "Deny"})]},
		"condition": {"Statement": [object.union(
			open_statement,
			{"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}},
		)]},
		"no principal": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
		"empty": {"Statement": []},
		"text": json.marshal({"Statement": [closed_statement]}),
	}
	exposure.places(["Policy"], document) == set()
}
