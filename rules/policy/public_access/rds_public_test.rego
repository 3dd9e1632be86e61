package guardhook.public_access.rds_public_test

import data.guardhook.public_access.rds_public as rule

instance(properties) := {"resource": {"type": "AWS::RDS::DBInstance", "properties": properties}}

cluster(properties) := {"resource": {"type": "AWS::RDS::DBCluster", "properties": properties}}

public_finding := {"path": ["PubliclyAccessible"], "message": "The database is publicly accessible."}

unstated_finding := {
	"path": ["PubliclyAccessible"],
	"message": "PubliclyAccessible is not set, so the instance is public in a VPC with an internet gateway.",
}

test_public if {
	rule.deny == {public_finding} with input as instance({"PubliclyAccessible": true})
	rule.deny == {public_finding} with input as cluster({"PubliclyAccessible": true})
}

test_private if {
	rule.deny == set() with input as instance({"PubliclyAccessible": false})
	rule.deny == set() with input as cluster({"PubliclyAccessible": false})
}

test_not_set if {
	rule.deny == {unstated_finding} with input as instance({})
	rule.deny == {unstated_finding} with input as instance({"PubliclyAccessible": "${Public}"})
	rule.deny == set() with input as cluster({})
}
