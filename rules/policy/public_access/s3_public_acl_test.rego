package guardhook.public_access.s3_public_acl_test

import data.guardhook.public_access.s3_public_acl as rule

bucket(properties) := {"resource": {"type": "AWS::S3::Bucket", "properties": properties}}

test_public_acls[acl] if {
	some acl, message in {
		"PublicRead": "The canned ACL PublicRead lets anyone read the bucket.",
		"PublicReadWrite": "The canned ACL PublicReadWrite lets anyone read and write the bucket.",
		"AuthenticatedRead": "The canned ACL AuthenticatedRead lets every AWS account read the bucket.",
	}
	rule.deny == {{"path": ["AccessControl"], "message": message}} with input as bucket({"AccessControl": acl})
}

test_other_acls[acl] if {
	some acl in ["Private", "LogDeliveryWrite", "AwsExecRead", "BucketOwnerRead", "BucketOwnerFullControl", "", "${Acl}"]
	rule.deny == set() with input as bucket({"AccessControl": acl})
}

test_no_acl if {
	rule.deny == set() with input as bucket({})
}
