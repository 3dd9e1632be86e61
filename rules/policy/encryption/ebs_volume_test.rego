package guardhook.encryption.ebs_volume_test

import data.guardhook.encryption.ebs_volume as rule

volume(properties) := {"resource": {"type": "AWS::EC2::Volume", "properties": properties}}

unencrypted := {{"path": ["Encrypted"], "message": "The volume is not encrypted."}}

test_encrypted if {
	rule.deny == set() with input as volume({"Encrypted": true})
	rule.deny == set() with input as volume({"Encrypted": true, "SnapshotId": "snap-0123456789abcdef0"})
}

test_unencrypted if {
	rule.deny == unencrypted with input as volume({})
	rule.deny == unencrypted with input as volume({"Encrypted": false})
	rule.deny == unencrypted with input as volume({"Encrypted": "${Encrypt}"})
	rule.deny == unencrypted with input as volume({"KmsKeyId": "${Key.Arn}"})
}
