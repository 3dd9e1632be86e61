package guardhook.lib.iam_test

import data.guardhook.lib.iam

allow := {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}

test_statements_of_a_list if {
	iam.statements(["P"], {"Statement": [allow, "odd", {}]}) == [
		{"path": ["P", "Statement", 0], "body": allow, "text": false},
		{"path": ["P", "Statement", 2], "body": {}, "text": false},
	]
}

test_statements_of_an_object if {
	iam.statements(["P"], {"Statement": allow}) == [{"path": ["P", "Statement"], "body": allow, "text": false}]
}

test_statements_of_text if {
	expected := [{"path": ["P"], "body": allow, "text": true}]
	iam.statements(["P"], json.marshal({"Statement": allow})) == expected
	iam.statements(["P"], json.marshal({"Statement": [allow]})) == expected
}

test_no_statements[name] if {
	some name, document in {
		"empty": {},
		"empty list": {"Statement": []},
		"text statement": {"Statement": "odd"},
		"JSON that is no document": "5",
	}
	iam.statements(["P"], document) == []
}

test_no_document[name] if {
	some name, document in {"not JSON": "{", "list": ["x"], "number": 1}
	not iam.statements(["P"], document)
}

test_place if {
	iam.place({"path": ["P", "Statement", 1], "text": false}, ["Action", 0]) == ["P", "Statement", 1, "Action", 0]
	iam.place({"path": ["P"], "text": true}, ["Action", 0]) == ["P"]
}

test_allows if {
	iam.allows(allow)
	not iam.allows({"Effect": "Deny"})
	not iam.allows({"Effect": "allow"})
	not iam.allows({})
}

test_items if {
	iam.items({"Action": "a:b"}, "Action") == {{"path": ["Action"], "value": "a:b"}}
	iam.items({"Action": ["a:b", 5, "c:d"]}, "Action") == {
		{"path": ["Action", 0], "value": "a:b"},
		{"path": ["Action", 2], "value": "c:d"},
	}
	not iam.items({}, "Action")
	not iam.items({"Action": {"a": "b"}}, "Action")
}

test_texts if {
	iam.texts("a") == {"a"}
	iam.texts(["a", "b", {"c": "d"}]) == {"a", "b"}
	not iam.texts({"a": "b"})
}

test_elements if {
	iam.actions({"Action": ["S3:Get*", "sqs:SendMessage"]}) == {"s3:get*", "sqs:sendmessage"}
	iam.not_actions({"NotAction": "IAM:*"}) == {"iam:*"}
	iam.resources({"Resource": ["*", "arn:aws:s3:::Bucket"]}) == {"*", "arn:aws:s3:::Bucket"}
	iam.actions({}) == set()
	iam.not_actions({}) == set()
	iam.resources({}) == set()
}

test_principals[name] if {
	some name, test in {
		"text": ["*", {"*"}],
		"list": [["*", "111122223333"], {"*", "111122223333"}],
		"object": [{"AWS": "*"}, {"*"}],
		"object of lists": [{"AWS": ["1", "2"], "Service": "s3.amazonaws.com"}, {"1", "2", "s3.amazonaws.com"}],
		"object of odd values": [{"AWS": {"a": "b"}}, set()],
	}
	iam.principals({"Principal": test[0]}) == test[1]
}

test_principals_of_a_kind if {
	body := {"Principal": {"AWS": ["1", "2"], "Service": "s3.amazonaws.com"}}
	iam.principals_of(body, "AWS") == {"1", "2"}
	iam.principals_of(body, "Service") == {"s3.amazonaws.com"}
	iam.principals_of(body, "Federated") == set()
	iam.principals_of({"Principal": "*"}, "AWS") == set()
	iam.principals_of({}, "AWS") == set()
}

test_any_action[action] if {
	some action in ["*", "**", "?*", "*?", "*:*", "**:*", "?*:*?"]
	iam.any_action(action)
	not iam.service_wildcard(action)
}

test_service_wildcard[action] if {
	some action in ["s3:*", "s3:**", "s3:?*", "s*:*", "${Service}:*", "s3:*?"]
	iam.service_wildcard(action)
	not iam.any_action(action)
}

test_no_full_wildcard[action] if {
	some action in ["", "?", "s3:?", "s3:Get*", "s3:GetObject", "*:Get*", "*:*:x", "s3*"]
	not iam.any_action(action)
	not iam.service_wildcard(action)
}

test_any_resource[resource] if {
	some resource in [
		"*", "**", "?*", "arn:*", "arn:aws:*", "arn:*:*", "arn:aws:*:*:*:*", "arn:${AWS::Partition}:*:*:*:*",
		"arn:${AWS::Partition}:*", "ARN:aws:*", "arn:aws:*:*:111122223333:*", "arn:aws:**:*:${AWS::AccountId}:*:*",
	]
	iam.any_resource(resource)
	iam.any_resource_of(resource, "s3")
}

test_not_any_resource[resource] if {
	some resource in [
		"", "?", "arn:aws:s3:::*", "arn:aws:s3:::bucket/*", "${Bucket.Arn}", "${Bucket.Arn}/*", "arn", "arn:aws:?",
		"arn:aws:*:*:*:role/*", "arn:aws:*:eu-west-1:*:*", "arn:aws:*::111122223333:*", "arn:aws:*:*::*",
		"arn:aws:s3:*:111122223333:*",
	]
	not iam.any_resource(resource)
}

test_any_resource_of[resource] if {
	some resource in [
		"arn:aws:s3:::*", "arn:${AWS::Partition}:s3:::*", "arn:aws:s3:*:${AWS::AccountId}:*", "arn:aws:s*:::*",
		"arn:aws:s3:*:111122223333:*:*", "arn:aws:s3:*",
	]
	iam.any_resource_of(resource, "s3")
}

test_not_any_resource_of[resource] if {
	some resource in [
		"arn:aws:s3:::bucket", "arn:aws:s3:::b*", "arn:aws:sqs:*:*:*", "arn:aws:s3:eu-west-1:111122223333:*",
		"arn:aws:s3:${AWS::Region}:111122223333:*", "${Bucket.Arn}", "arn:aws:s3:::",
	]
	not iam.any_resource_of(resource, "s3")
}

test_arn[text] if {
	some text, fields in {
		"arn:aws:sns:eu-west-1:1:a:b": ["sns", "eu-west-1", "1", "a:b"],
		"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*": ["iam", "", "_", "role/*"],
		"arn:*": ["*", "*", "*", "*"],
		"arn:aws:iam::*": ["iam", "", "*", "*"],
		"arn:aws:s3:::": ["s3", "", "", ""],
	}
	iam.arn(text) == {"service": fields[0], "region": fields[1], "account": fields[2], "name": fields[3]}
}

test_no_arn[text] if {
	some text in ["", "arn", "a:b", "*", "arn:aws:iam", "${Role.Arn}"]
	not iam.arn(text)
}

test_no_arn_of_other_values if {
	not iam.arn(5)
}

test_matches[pattern] if {
	some pattern in ["*", "*:*", "iam:*", "IAM:PASSROLE", "iam:Pass*", "iam:P?ssRole", "i*m:pass*", "*PassRole", "**"]
	iam.matches(pattern, "iam:PassRole")
}

test_does_not_match[pattern] if {
	some pattern in [
		"", "iam:Get*", "iam:PassRol", "am:PassRole", "iam:PassRole?", "iam.PassRole", "iam:*x", "${Action}", "${Action}*",
		"[a-z]*", "(*", `\*`, "*\n", "é*", "_*",
	]
	not iam.matches(pattern, "iam:PassRole")
}

test_patterns_are_literal if {
	iam.matches("a.b*", "a.bc")
	iam.matches("é*", "éa")
	iam.matches(`a\*`, `a\b`)
	not iam.matches("a.b*", "axbc")
}

test_grants if {
	iam.grants({"Effect": "Allow", "Action": ["s3:*", "iam:Pass*"]}, "iam:passrole")
	iam.grants({"Effect": "Allow", "NotAction": "s3:*"}, "iam:passrole")
	iam.grants({"Effect": "Allow", "NotAction": []}, "iam:passrole")
}

test_does_not_grant[name] if {
	some name, body in {
		"deny": {"Effect": "Deny", "Action": "*"},
		"deny the rest": {"Effect": "Deny", "NotAction": "s3:*"},
		"another action": {"Effect": "Allow", "Action": "s3:*"},
		"excluded": {"Effect": "Allow", "NotAction": ["s3:*", "iam:*"]},
		"nothing": {"Effect": "Allow"},
	}
	not iam.grants(body, "iam:passrole")
}

test_every_action_and_resource if {
	iam.every_action({"Action": ["s3:Get*", "*"]})
	iam.every_action({"NotAction": "s3:*"})
	not iam.every_action({"Action": "s3:*"})
	iam.every_resource({"Resource": ["arn:aws:s3:::b", "*"]})
	iam.every_resource({"NotResource": "arn:aws:s3:::b"})
	not iam.every_resource({"Resource": "arn:aws:s3:::*"})
}

test_anyone[name] if {
	some name, body in {
		"text": {"Principal": "*"},
		"AWS": {"Principal": {"AWS": "*"}},
		"AWS list": {"Principal": {"AWS": ["111122223333", "*"]}},
		"another kind": {"Principal": {"Federated": "*"}},
		"root of every account": {"Principal": {"AWS": "arn:aws:iam::*:root"}},
		"with a placeholder": {"Principal": {"AWS": "arn:${AWS::Partition}:sts::*:assumed-role/x/y"}},
		"some accounts": {"Principal": {"AWS": "arn:aws:iam::1111*:root"}},
		"NotPrincipal": {"NotPrincipal": {"AWS": "111122223333"}},
	}
	iam.anyone(body)
	iam.public_statement(object.union(body, {"Effect": "Allow"}))
	not iam.public_statement(object.union(body, {"Effect": "Deny"}))
}

test_not_anyone[name] if {
	some name, body in {
		"none": {},
		"account": {"Principal": {"AWS": "111122223333"}},
		"root": {"Principal": {"AWS": "arn:aws:iam::${AWS::AccountId}:root"}},
		"role": {"Principal": {"AWS": "${Role.Arn}"}},
		"service": {"Principal": {"Service": "s3.amazonaws.com"}},
		"session of a role": {"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/a/*"}},
	}
	not iam.anyone(body)
	not iam.public_statement(object.union(body, {"Effect": "Allow"}))
}

with_condition(condition) := {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Condition": condition}

test_restricted[name] if {
	some name, condition in {
		"organization": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
		"key and operator in any case": {"stringequals": {"AWS:principalorgid": "o-abcdefghij"}},
		"account of the stack": {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}},
		"list": {"StringEquals": {"aws:PrincipalAccount": ["111122223333", "444455556666"]}},
		"source": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:topic*"}},
		"source with placeholders": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:*"}},
		"source without account": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}},
		"bucket of any account": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:bucket"}},
		"attribute of a resource": {"ArnEquals": {"aws:SourceArn": "${Topic.Arn}"}},
		"organization of the resource": {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}},
		"wildcard that is none": {"StringEquals": {"aws:PrincipalOrgID": "*"}},
		"wildcard that is none, in any case": {"ForAnyValue:StringEqualsIgnoreCase": {"aws:PrincipalOrgPaths": ["o-*"]}},
		"paths": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abcdefghij/*"}},
		"endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
		"external id": {"StringEquals": {"sts:ExternalId": "secret"}},
		"address": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
		"address without width": {"IpAddress": {"aws:SourceIp": "203.0.113.7"}},
		"IPv6 address": {"IpAddress": {"aws:SourceIp": ["2001:db8::/32", "2001:db8:1::/48"]}},
		"IPv4 of width 8": {"IpAddress": {"aws:SourceIp": "11.0.0.0/8"}},
		"one of two tests": {
			"Bool": {"aws:SecureTransport": "true"},
			"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:SourceOwner": "111122223333"},
		},
	}
	iam.restricted(with_condition(condition))
	not iam.public_statement(with_condition(condition))
}

test_not_restricted[name] if {
	some name, condition in {
		"empty": {},
		"transport": {"Bool": {"aws:SecureTransport": "true"}},
		"everyone": {"StringLike": {"aws:PrincipalOrgID": "*"}},
		"every organization": {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
		"every account": {"StringLike": {"aws:PrincipalAccount": "1*"}},
		"every endpoint": {"StringLike": {"aws:SourceVpce": "vpce-*"}},
		"one of two values is open": {"StringLike": {"aws:PrincipalOrgID": ["o-abcdefghij", "*"]}},
		"no value": {"StringEquals": {"aws:PrincipalOrgID": []}},
		"odd value": {"StringEquals": {"aws:PrincipalOrgID": {"a": "b"}}},
		"sources of every account": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:topic"}},
		"sources of every account in a region": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:${AWS::Region}:*:topic"}},
		"every bucket": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
		"every bucket of any account": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}},
		"buckets of a name": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:bucket-*"}},
		"access points of any account": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:accesspoint/data"}},
		"every ARN": {"ArnLike": {"aws:SourceArn": "arn:*"}},
		"role of every account": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}},
		"wildcard in an ARN": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}},
		"own variable beside an account": {"StringEquals": {"aws:PrincipalAccount": [
			"111122223333",
			"${aws:PrincipalAccount}",
		]}},
		"own variable as a pattern": {"StringLike": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}},
		"own variable": {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}},
		"negated": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
		"if exists": {"StringEqualsIfExists": {"aws:SourceArn": "arn:aws:s3:::bucket"}},
		"for all values": {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-abcdefghij/r-abcd"}},
		"set at all": {"Null": {"aws:PrincipalOrgID": "false"}},
		"tag": {"StringEquals": {"aws:PrincipalTag/team": "a"}},
		"private address": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}},
		"address as text": {"StringEquals": {"aws:SourceIp": "203.0.113.7"}},
		"other addresses": {"NotIpAddress": {"aws:SourceIp": "203.0.113.7"}},
		"every address": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}},
		"half of the addresses": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "128.0.0.0/1"]}},
		"every IPv6 address": {"IpAddress": {"aws:SourceIp": "::/0"}},
		"wide IPv6 range": {"IpAddress": {"aws:SourceIp": "2000::/3"}},
		"text": "odd",
		"list": ["odd"],
		"text of an operator": {"StringEquals": "odd"},
		"list of an operator": {"StringEquals": ["aws:PrincipalOrgID"]},
	}
	not iam.restricted(with_condition(condition))
	iam.public_statement(with_condition(condition))
}

test_each_restricting_operator[operator] if {
	some operator in [
		"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike",
		"ForAnyValue:StringEquals", "ForAnyValue:StringEqualsIgnoreCase", "ForAnyValue:StringLike",
		"ForAnyValue:ArnEquals", "ForAnyValue:ArnLike",
	]
	iam.restricted(with_condition({operator: {"aws:PrincipalAccount": "111122223333"}}))
}

test_each_restricting_key[key] if {
	some key in [
		"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
		"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
		"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:userid", "aws:vpceaccount",
		"aws:vpceorgid", "aws:vpceorgpaths", "kms:calleraccount", "lambda:eventsourcetoken",
		"s3:dataaccesspointaccount", "s3:dataaccesspointarn", "sts:externalid",
	]
	iam.restricted(with_condition({"StringEquals": {key: "one-of-ours"}}))
}

test_address_operators[operator] if {
	some operator in ["IpAddress", "ForAnyValue:IpAddress"]
	iam.restricted(with_condition({operator: {"aws:SourceIp": "203.0.113.7"}}))
}
