package guardhook.encryption.fsx_file_system_test

import data.guardhook.encryption.fsx_file_system as rule

file_system(properties) := {"resource": {"type": "AWS::FSx::FileSystem", "properties": properties}}

no_key := {{
	"path": ["KmsKeyId"],
	"message": "The file system is not encrypted with a KMS key of the account.",
}}

test_key if {
	every type in ["LUSTRE", "ONTAP", "OPENZFS", "WINDOWS"] {
		rule.deny == set() with input as file_system({"FileSystemType": type, "KmsKeyId": "${Key.Arn}"})
	}
}

test_no_key if {
	every type in ["ONTAP", "OPENZFS", "WINDOWS", "${Type}", ""] {
		rule.deny == no_key with input as file_system({"FileSystemType": type})
		rule.deny == no_key with input as file_system({"FileSystemType": type, "KmsKeyId": ""})
	}
	rule.deny == no_key with input as file_system({})
}

test_persistent_lustre if {
	every deployment in ["PERSISTENT_1", "PERSISTENT_2"] {
		rule.deny == no_key with input as file_system({
			"FileSystemType": "LUSTRE",
			"LustreConfiguration": {"DeploymentType": deployment},
		})
	}
}

test_scratch_lustre if {
	rule.deny == set() with input as file_system({"FileSystemType": "LUSTRE"})
	every configuration in [{}, {"DeploymentType": "SCRATCH_1"}, {"DeploymentType": "SCRATCH_2"}] {
		rule.deny == set() with input as file_system({"FileSystemType": "LUSTRE", "LustreConfiguration": configuration})
	}
}

test_deployment_type_of_another_file_system if {
	rule.deny == no_key with input as file_system({
		"FileSystemType": "WINDOWS",
		"LustreConfiguration": {"DeploymentType": "SCRATCH_2"},
	})
}
