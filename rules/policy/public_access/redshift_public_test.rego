package guardhook.public_access.redshift_public_test

import data.guardhook.public_access.redshift_public as rule

cluster(properties) := {"resource": {"type": "AWS::Redshift::Cluster", "properties": properties}}

test_public if {
	rule.deny == {{
		"path": ["PubliclyAccessible"],
		"message": "The data warehouse is publicly accessible.",
	}} with input as cluster({"PubliclyAccessible": true})
}

test_private if {
	rule.deny == set() with input as cluster({"PubliclyAccessible": false})
}

test_not_set if {
	rule.deny == set() with input as cluster({})
	rule.deny == set() with input as cluster({"PubliclyAccessible": "${Public}"})
}
