package guardhook.encryption.athena_workgroup_test

import data.guardhook.encryption.athena_workgroup as rule

workgroup(properties) := {"resource": {"type": "AWS::Athena::WorkGroup", "properties": properties}}

encryption(configuration) := workgroup({"WorkGroupConfiguration": {"ResultConfiguration": {
	"OutputLocation": "s3://results/",
	"EncryptionConfiguration": configuration,
}}})

unencrypted := {{
	"path": ["WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "EncryptionOption"],
	"message": "The workgroup does not encrypt query results.",
}}

no_key := {{
	"path": ["WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "KmsKey"],
	"message": "The encryption of query results with KMS names no key.",
}}

test_encrypted if {
	rule.deny == set() with input as encryption({"EncryptionOption": "SSE_S3"})
	rule.deny == set() with input as encryption({"EncryptionOption": "SSE_KMS", "KmsKey": "${Key.Arn}"})
	rule.deny == set() with input as encryption({"EncryptionOption": "CSE_KMS", "KmsKey": "${Key.Arn}"})
}

test_unencrypted if {
	every configuration in [{}, {"EncryptionOption": ""}, {"EncryptionOption": "NONE"}, {"KmsKey": "${Key.Arn}"}, "odd"] {
		rule.deny == unencrypted with input as encryption(configuration)
	}
	rule.deny == unencrypted with input as workgroup({})
	rule.deny == unencrypted with input as workgroup({"WorkGroupConfiguration": {}})
	rule.deny == unencrypted with input as workgroup({"WorkGroupConfiguration": {"ResultConfiguration": {}}})
}

test_no_key if {
	every option in ["SSE_KMS", "CSE_KMS"] {
		rule.deny == no_key with input as encryption({"EncryptionOption": option})
		rule.deny == no_key with input as encryption({"EncryptionOption": option, "KmsKey": ""})
	}
}

test_managed_results if {
	every results in [{}, {"EncryptionConfiguration": {}}, {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}}] {
		rule.deny == set() with input as workgroup({"WorkGroupConfiguration": {
			"ManagedQueryResultsConfiguration": {"Enabled": true},
			"EnforceWorkGroupConfiguration": false,
			"ResultConfiguration": results,
		}})
	}
	unmanaged := {"ManagedQueryResultsConfiguration": {"Enabled": false}}
	rule.deny == unencrypted with input as workgroup({"WorkGroupConfiguration": unmanaged})
}

test_enforcement if {
	results := {"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
	rule.deny == set() with input as workgroup({"WorkGroupConfiguration": {
		"EnforceWorkGroupConfiguration": true,
		"ResultConfiguration": results,
	}})
	rule.deny == {{
		"path": ["WorkGroupConfiguration", "EnforceWorkGroupConfiguration"],
		"message": "Clients may override the workgroup's encryption of query results.",
	}} with input as workgroup({"WorkGroupConfiguration": {
		"EnforceWorkGroupConfiguration": false,
		"ResultConfiguration": results,
	}})
}
