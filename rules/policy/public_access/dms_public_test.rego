package guardhook.public_access.dms_public_test

import data.guardhook.public_access.dms_public as rule

instance(properties) := {"resource": {"type": "AWS::DMS::ReplicationInstance", "properties": properties}}

finding := {
	"path": ["PubliclyAccessible"],
	"message": "The instance is public, which is the default of PubliclyAccessible.",
}

test_public if {
	rule.deny == {finding} with input as instance({"PubliclyAccessible": true})
}

test_not_set if {
	rule.deny == {finding} with input as instance({})
	rule.deny == {finding} with input as instance({"PubliclyAccessible": "${Public}"})
}

test_private if {
	rule.deny == set() with input as instance({"PubliclyAccessible": false})
}
