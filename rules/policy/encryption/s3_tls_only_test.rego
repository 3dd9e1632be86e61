package guardhook.encryption.s3_tls_only_test

import data.guardhook.encryption.s3_tls_only as rule

template(resources) := {"template": {"resources": resources}}

bucket := {"type": "AWS::S3::Bucket", "properties": {}}

policy(of, statement) := {
	"type": "AWS::S3::BucketPolicy",
	"properties": {"Bucket": of, "PolicyDocument": {"Statement": statement}},
}

refusal := {
	"Effect": "Deny",
	"Principal": "*",
	"Action": "s3:*",
	"Resource": ["${Data.Arn}", "${Data.Arn}/*"],
	"Condition": {"Bool": {"aws:SecureTransport": "false"}},
}

allowed := {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}

no_policy := {
	"resource": "Data",
	"path": [],
	"message": "The template has no policy for the bucket, so that it answers requests without TLS.",
}

no_refusal := {
	"resource": "Policy",
	"path": ["PolicyDocument", "Statement"],
	"message": "The policy denies no requests without TLS to the whole bucket.",
}

test_no_policy if {
	rule.deny == {no_policy} with input as template({"Data": bucket})
	other := policy("${Other}", [refusal])
	rule.deny == {no_policy} with input as template({"Data": bucket, "Policy": other})
	rule.deny == set() with input as template({"Policy": other})
}

test_bucket_by_name if {
	named := {"type": "AWS::S3::Bucket", "properties": {"BucketName": "data-${AWS::AccountId}"}}
	of_name := policy("data-${AWS::AccountId}", refusal)
	rule.deny == set() with input as template({"Data": named, "Policy": of_name})
	rule.deny == {no_policy} with input as template({"Data": bucket, "Policy": of_name})
}

test_refused[name] if {
	some name, change in {
		"as usual": {},
		"any principal of AWS": {"Principal": {"AWS": ["*"]}},
		"everything": {"Action": ["*"], "Resource": "*"},
		"if the key exists": {"Condition": {"BoolIfExists": {"AWS:SECURETRANSPORT": ["False"]}}},
	}
	statements := [allowed, refused(change)]
	rule.deny == set() with input as template({"Data": bucket, "Policy": policy("${Data}", statements)})
}

test_not_refused[name] if {
	some name, change in {
		"allowed": {"Effect": "Allow"},
		"one principal": {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
		"one action": {"Action": "s3:PutObject"},
		"no objects": {"Resource": "${Data.Arn}"},
		"with TLS": {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		"with and without": {"Condition": {"Bool": {"aws:SecureTransport": ["false", "true"]}}},
		"another operator": {"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}},
		"another key": {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}},
		"some requests": {"Condition": {
			"Bool": {"aws:SecureTransport": "false"},
			"StringEquals": {"aws:PrincipalAccount": "111122223333"},
		}},
	}
	rule.deny == {no_refusal} with input as template({
		"Data": bucket,
		"Policy": policy("${Data}", [allowed, refused(change)]),
	})
}

refused(change) := object.union(object.remove(refusal, object.keys(change)), change)
