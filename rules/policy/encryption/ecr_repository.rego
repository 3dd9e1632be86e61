# METADATA
# title: ECR repository encrypted with KMS
# description: >-
#   ECR encrypts images, without more with keys that S3 manages. With a KMS key every pull depends on
#   the key's policy and is recorded. The choice is made once: a repository cannot change it.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
# custom:
#   id: ECR_REPOSITORY_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::ECR::Repository"]
#   remediation: >-
#     Set EncryptionConfiguration.EncryptionType to KMS; KmsKey selects a key of the account. This
#     replaces the repository.
#   controls:
#     nist-800-53-r5: [SC-12, SC-13, SC-28, "SC-28(1)"]
package guardhook.encryption.ecr_repository

encrypted if input.resource.properties.EncryptionConfiguration.EncryptionType in {"KMS", "KMS_DSSE"}

deny contains finding if {
	not encrypted
	finding := {
		"path": ["EncryptionConfiguration", "EncryptionType"],
		"message": "The repository is not encrypted with KMS.",
	}
}
