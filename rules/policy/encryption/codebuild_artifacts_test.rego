package guardhook.encryption.codebuild_artifacts_test

import data.guardhook.encryption.codebuild_artifacts as rule

project(disabled) := {"resource": {"type": "AWS::CodeBuild::Project", "properties": {
	"Artifacts": {"Type": "S3", "EncryptionDisabled": disabled[0]},
	"SecondaryArtifacts": [{"Type": "NO_ARTIFACTS"}, {"Type": "S3", "EncryptionDisabled": disabled[1]}],
	"LogsConfig": {"S3Logs": {"Status": "ENABLED", "EncryptionDisabled": disabled[2]}},
}}}

finding(path) := {"path": path, "message": "The project turns the encryption of what it writes to S3 off."}

test_encrypted[name] if {
	some name, properties in {
		"nothing": {},
		"default": {"Artifacts": {"Type": "CODEPIPELINE"}, "LogsConfig": {"S3Logs": {"Status": "DISABLED"}}},
	}
	rule.deny == set() with input as {"resource": {"properties": properties}}
	rule.deny == set() with input as project([false, false, false])
}

test_turned_off if {
	rule.deny == {finding(["Artifacts", "EncryptionDisabled"])} with input as project([true, false, false])
	rule.deny == {finding(["SecondaryArtifacts", 1, "EncryptionDisabled"])} with input as project([false, true, false])
	rule.deny == {finding(["LogsConfig", "S3Logs", "EncryptionDisabled"])} with input as project([false, false, true])
}
