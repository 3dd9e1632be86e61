# METADATA
# title: Glue security configuration encrypts everything
# description: >-
#   A security configuration says for each place that a Glue job writes to whether it is encrypted: the
#   results in S3, the logs, and the bookmarks that say how far the job came. What it leaves out is not.
# related_resources:
#   - https://docs.aws.amazon.com/glue/latest/dg/console-security-configurations.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-securityconfiguration.html
# custom:
#   id: GLUE_SECURITY_CONFIGURATION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Glue::SecurityConfiguration"]
#   remediation: >-
#     Set S3EncryptionMode to SSE-KMS or SSE-S3, CloudWatchEncryptionMode to SSE-KMS and
#     JobBookmarksEncryptionMode to CSE-KMS, each with its KmsKeyArn.
#   controls:
#     nist-800-53-r5: [AU-9, SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.glue_security_configuration

deny contains finding if {
	not input.resource.properties.EncryptionConfiguration.S3Encryptions[0]
	finding := {
		"path": ["EncryptionConfiguration", "S3Encryptions"],
		"message": "What jobs write to S3 is not encrypted.",
	}
}

deny contains finding if {
	some i
	input.resource.properties.EncryptionConfiguration.S3Encryptions[i]
	not results_encrypted(i)
	finding := {
		"path": ["EncryptionConfiguration", "S3Encryptions", i, "S3EncryptionMode"],
		"message": "What jobs write to S3 is not encrypted.",
	}
}

deny contains finding if {
	not input.resource.properties.EncryptionConfiguration.CloudWatchEncryption.CloudWatchEncryptionMode == "SSE-KMS"
	finding := {
		"path": ["EncryptionConfiguration", "CloudWatchEncryption", "CloudWatchEncryptionMode"],
		"message": "The logs of jobs are not encrypted with a KMS key.",
	}
}

deny contains finding if {
	not input.resource.properties.EncryptionConfiguration.JobBookmarksEncryption.JobBookmarksEncryptionMode == "CSE-KMS"
	finding := {
		"path": ["EncryptionConfiguration", "JobBookmarksEncryption", "JobBookmarksEncryptionMode"],
		"message": "The bookmarks of jobs are not encrypted.",
	}
}

results_encrypted(i) if {
	mode := input.resource.properties.EncryptionConfiguration.S3Encryptions[i].S3EncryptionMode
	mode in {"SSE-KMS", "SSE-S3"}
}
