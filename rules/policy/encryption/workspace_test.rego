package guardhook.encryption.workspace_test

import data.guardhook.encryption.workspace as rule

workspace(properties) := {"resource": {"type": "AWS::WorkSpaces::Workspace", "properties": properties}}

user := {
	"path": ["UserVolumeEncryptionEnabled"],
	"message": "The user volume of the WorkSpace is not encrypted.",
}

root := {
	"path": ["RootVolumeEncryptionEnabled"],
	"message": "The root volume of the WorkSpace is not encrypted.",
}

test_encrypted if {
	properties := {"UserVolumeEncryptionEnabled": true, "RootVolumeEncryptionEnabled": true}
	rule.deny == set() with input as workspace(properties)
}

test_not_encrypted if {
	rule.deny == {user, root} with input as workspace({})
	rule.deny == {user, root} with input as workspace({"VolumeEncryptionKey": "${Key}"})
	rule.deny == {user} with input as workspace({"RootVolumeEncryptionEnabled": true})
	rule.deny == {root} with input as workspace({"UserVolumeEncryptionEnabled": true})
}
