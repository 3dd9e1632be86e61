package guardhook.encryption.glue_security_configuration_test

import data.guardhook.encryption.glue_security_configuration as rule

configuration(parts) := {"resource": {
	"type": "AWS::Glue::SecurityConfiguration",
	"properties": {"EncryptionConfiguration": object.union(whole, parts)},
}}

whole := {
	"S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": "${Key.Arn}"}],
	"CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": "${Key.Arn}"},
	"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": "${Key.Arn}"},
}

finding(path, message) := {"path": array.concat(["EncryptionConfiguration"], path), "message": message}

of_result(i) := finding(["S3Encryptions", i, "S3EncryptionMode"], results)

results := "What jobs write to S3 is not encrypted."

logs := finding(
	["CloudWatchEncryption", "CloudWatchEncryptionMode"],
	"The logs of jobs are not encrypted with a KMS key.",
)

bookmarks := finding(
	["JobBookmarksEncryption", "JobBookmarksEncryptionMode"],
	"The bookmarks of jobs are not encrypted.",
)

test_everything if {
	rule.deny == set() with input as configuration({})
	rule.deny == set() with input as configuration({"S3Encryptions": [{"S3EncryptionMode": "SSE-S3"}]})
}

test_results if {
	rule.deny == {finding(["S3Encryptions"], results)} with input as configuration({"S3Encryptions": []})
	rule.deny == {of_result(0)} with input as configuration({"S3Encryptions": [
		{"S3EncryptionMode": "DISABLED"},
		{"S3EncryptionMode": "SSE-S3"},
	]})
	rule.deny == {of_result(1)} with input as configuration({"S3Encryptions": [
		{"S3EncryptionMode": "SSE-S3"},
		{"KmsKeyArn": "${Key.Arn}"},
	]})
}

test_logs[mode] if {
	some mode in ["DISABLED", "CSE-KMS"]
	rule.deny == {logs} with input as configuration({"CloudWatchEncryption": {"CloudWatchEncryptionMode": mode}})
}

test_bookmarks[mode] if {
	some mode in ["DISABLED", "SSE-KMS"]
	rule.deny == {bookmarks} with input as configuration({"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": mode}})
}

test_nothing if {
	none := {"resource": {"type": "AWS::Glue::SecurityConfiguration", "properties": {}}}
	rule.deny == {finding(["S3Encryptions"], results), logs, bookmarks} with input as none
}
