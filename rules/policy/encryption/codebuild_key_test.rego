package guardhook.encryption.codebuild_key_test

import data.guardhook.encryption.codebuild_key as rule

project(properties) := {"resource": {"type": "AWS::CodeBuild::Project", "properties": properties}}

finding := {
	"path": ["EncryptionKey"],
	"message": "The artifacts of the project are not encrypted with a KMS key of the account.",
}

test_key[key] if {
	some key in ["${Key.Arn}", "alias/builds"]
	rule.deny == set() with input as project({"Artifacts": {"Type": "S3"}, "EncryptionKey": key})
}

test_no_key[name] if {
	some name, key in {
		"missing": {},
		"empty": {"EncryptionKey": ""},
		"alias of AWS": {"EncryptionKey": "alias/aws/s3"},
		"its ARN": {"EncryptionKey": "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"},
	}
	rule.deny == {finding} with input as project(object.union(key, {"Artifacts": {"Type": "S3"}}))
}

test_no_artifacts[type] if {
	some type in ["CODEPIPELINE", "NO_ARTIFACTS"]
	rule.deny == set() with input as project({"Artifacts": {"Type": type}})
	rule.deny == {finding} with input as project({
		"Artifacts": {"Type": type},
		"SecondaryArtifacts": [{"Type": "S3", "ArtifactIdentifier": "report"}],
	})
}
