package guardhook.data_protection.s3_versioning_test

import data.guardhook.data_protection.s3_versioning as rule

bucket(properties) := {"resource": {"type": "AWS::S3::Bucket", "properties": properties}}

test_not_versioned[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"VersioningConfiguration": {}},
		"suspended": {"VersioningConfiguration": {"Status": "Suspended"}},
		"lower case": {"VersioningConfiguration": {"Status": "enabled"}},
	}
	rule.deny == {{
		"path": ["VersioningConfiguration", "Status"],
		"message": "The bucket does not keep versions of its objects.",
	}} with input as bucket(properties)
}

test_versioned if {
	rule.deny == set() with input as bucket({"VersioningConfiguration": {"Status": "Enabled"}})
}
