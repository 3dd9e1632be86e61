# METADATA
# title: CodeBuild project uses a key of the account
# description: >-
#   Without EncryptionKey a build encrypts its artifacts with the key that AWS manages for S3, which
#   every principal of the account with access to the bucket may use, and other accounts may not.
# related_resources:
#   - https://docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html
# custom:
#   id: CODEBUILD_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::CodeBuild::Project"]
#   remediation: Set EncryptionKey to a key of the account that the service role may use.
#   controls:
#     nist-800-53-r5: [SC-12, SC-13, SC-28, "SC-28(1)"]
package guardhook.encryption.codebuild_key

import data.guardhook.lib.value

keyed if {
	value.nonempty(input.resource.properties.EncryptionKey)
	not managed_by_aws
}

managed_by_aws if endswith(input.resource.properties.EncryptionKey, "alias/aws/s3")

# CodePipeline encrypts, and nothing else writes artifacts.
without_artifacts if {
	input.resource.properties.Artifacts.Type in {"CODEPIPELINE", "NO_ARTIFACTS"}
	not input.resource.properties.SecondaryArtifacts[0]
}

deny contains finding if {
	not keyed
	not without_artifacts
	finding := {
		"path": ["EncryptionKey"],
		"message": "The artifacts of the project are not encrypted with a KMS key of the account.",
	}
}
