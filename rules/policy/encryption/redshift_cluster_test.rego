package guardhook.encryption.redshift_cluster_test

import data.guardhook.encryption.redshift_cluster as rule

cluster(properties) := {"resource": {"type": "AWS::Redshift::Cluster", "properties": properties}}

test_encrypted if {
	rule.deny == set() with input as cluster({"Encrypted": true})
}

test_not_encrypted[name] if {
	some name, properties in {
		"missing": {},
		"only a key": {"KmsKeyId": "${Key}"},
		"off": {"Encrypted": false},
		"unknown": {"Encrypted": "${Encrypt}"},
	}
	rule.deny == {{
		"path": ["Encrypted"],
		"message": "The cluster does not say that its data is encrypted.",
	}} with input as cluster(properties)
}
