# METADATA
# title: CodeBuild encrypts what it writes
# description: >-
#   CodeBuild encrypts artifacts and logs in S3 unless a project turns it off, which also takes away the
#   second permission that reading them would need.
# related_resources:
#   - https://docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html
# custom:
#   id: CODEBUILD_ARTIFACT_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::CodeBuild::Project"]
#   remediation: Remove EncryptionDisabled, or set it to false.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
package guardhook.encryption.codebuild_artifacts

off contains ["Artifacts", "EncryptionDisabled"] if input.resource.properties.Artifacts.EncryptionDisabled == true

off contains ["SecondaryArtifacts", i, "EncryptionDisabled"] if {
	some i
	input.resource.properties.SecondaryArtifacts[i].EncryptionDisabled == true
}

off contains ["LogsConfig", "S3Logs", "EncryptionDisabled"] if {
	input.resource.properties.LogsConfig.S3Logs.EncryptionDisabled == true
}

deny contains finding if {
	some path in off
	finding := {"path": path, "message": "The project turns the encryption of what it writes to S3 off."}
}
