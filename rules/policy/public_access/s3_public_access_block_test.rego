package guardhook.public_access.s3_public_access_block_test

import data.guardhook.public_access.s3_public_access_block as rule

all_on := {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}

bucket(properties) := {"resource": {"type": "AWS::S3::Bucket", "properties": properties}}

test_all_four_pass if {
	rule.deny == set() with input as bucket({"PublicAccessBlockConfiguration": all_on})
}

test_missing_block if {
	rule.deny == {{
		"path": ["PublicAccessBlockConfiguration"],
		"message": "The template sets no public access block for the bucket.",
	}} with input as bucket({})
}

test_each_setting_off[setting] if {
	some setting, _ in all_on
	rule.deny == {{
		"path": ["PublicAccessBlockConfiguration", setting],
		"message": sprintf("%s is not true, so the public access block has a gap.", [setting]),
	}} with input as bucket({"PublicAccessBlockConfiguration": object.union(all_on, {setting: false})})
}

test_each_setting_missing[setting] if {
	some setting, _ in all_on
	properties := {"PublicAccessBlockConfiguration": object.remove(all_on, [setting])}
	paths := {finding.path | some finding in rule.deny} with input as bucket(properties)
	paths == {["PublicAccessBlockConfiguration", setting]}
}

test_empty_block if {
	count(rule.deny) == 4 with input as bucket({"PublicAccessBlockConfiguration": {}})
}

test_text_is_not_true if {
	properties := {"PublicAccessBlockConfiguration": object.union(all_on, {"BlockPublicAcls": "${On}"})}
	count(rule.deny) == 1 with input as bucket(properties)
}

access_point(properties) := {"resource": {"type": "AWS::S3::AccessPoint", "properties": properties}}

test_access_point_is_blocked_by_default if {
	rule.deny == set() with input as access_point({})
	rule.deny == set() with input as access_point({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true}})
}

test_access_point_setting_off[setting] if {
	some setting, _ in all_on
	rule.deny == {{
		"path": ["PublicAccessBlockConfiguration", setting],
		"message": sprintf("%s is false, so the access point's public access block has a gap.", [setting]),
	}} with input as access_point({"PublicAccessBlockConfiguration": object.union(all_on, {setting: false})})
}
