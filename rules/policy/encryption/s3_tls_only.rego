# METADATA
# title: S3 bucket refuses requests without TLS
# description: >-
#   S3 answers HTTP as well as HTTPS. Only a bucket policy that denies requests without TLS keeps a
#   client from sending its data, and its signed requests, in clear text. The rule looks for it in the
#   template of the bucket; where policies come from elsewhere, turn the rule off.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
#   - https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html
# custom:
#   id: S3_TLS_ONLY
#   severity: LOW
#   scope: template
#   resource_types: ["AWS::S3::Bucket", "AWS::S3::BucketPolicy"]
#   remediation: >-
#     In the bucket's policy deny s3:* to everyone, on the bucket and its objects, with the condition
#     Bool aws:SecureTransport false.
#   controls:
#     nist-800-53-r5: [AC-4, "AC-17(2)", SC-8, "SC-8(1)", SC-13, SC-23]
#     cis-aws-foundations-3: ["2.1.1"]
#     cis-aws-foundations-4: ["2.1.1"]
#     pci-dss-4: ["4.2.1"]
#     aws-guard-rules-registry: [amazon_s3/s3_bucket_ssl_requests_only]
#   witnesses: ["*", "s3:GetObject", "true", Allow]
package guardhook.encryption.s3_tls_only

import data.guardhook.lib.iam

deny contains finding if {
	some id
	input.template.resources[id].type == "AWS::S3::Bucket"
	not named_by_policy(id)
	finding := {
		"resource": id,
		"path": [],
		"message": "The template has no policy for the bucket, so that it answers requests without TLS.",
	}
}

deny contains finding if {
	some id
	input.template.resources[id].type == "AWS::S3::Bucket"
	some policy in policies(id)
	not refuses(policy)
	finding := {
		"resource": policy,
		"path": ["PolicyDocument", "Statement"],
		"message": "The policy denies no requests without TLS to the whole bucket.",
	}
}

named_by_policy(id) if count(policies(id)) > 0

policies(id) := {policy |
	some policy
	input.template.resources[policy].type == "AWS::S3::BucketPolicy"
	names(input.template.resources[policy].properties.Bucket, id)
}

names(text, id) if text == sprintf("${%s}", [id])

names(text, id) if text == input.template.resources[id].properties.BucketName

refuses(policy) if {
	some statement in iam.statements([], input.template.resources[policy].properties.PolicyDocument)
	statement.body.Effect == "Deny"
	iam.anyone(statement.body)
	some action in iam.actions(statement.body)
	iam.matches(action, "s3:*")
	some resource in iam.resources(statement.body)
	endswith(resource, "*")
	clear_text_only(statement.body)
}

# Another condition beside it would let some requests without TLS pass.
clear_text_only(body) if {
	conditions := iam.tests(body)
	count(conditions) == 1
	some test in conditions
	test.operator in {"bool", "boolifexists"}
	test.key == "aws:securetransport"
	every text in iam.texts(test.value) {
		lower(text) == "false"
	}
}
