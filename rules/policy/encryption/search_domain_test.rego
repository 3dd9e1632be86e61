package guardhook.encryption.search_domain_test

import data.guardhook.encryption.search_domain as rule

domain(properties) := {"resource": {"type": "AWS::OpenSearchService::Domain", "properties": properties}}

test_encrypted if {
	rule.deny == set() with input as domain({"EncryptionAtRestOptions": {"Enabled": true}})
}

test_not_encrypted[name] if {
	some name, properties in {
		"missing": {},
		"only a key": {"EncryptionAtRestOptions": {"KmsKeyId": "${Key}"}},
		"off": {"EncryptionAtRestOptions": {"Enabled": false}},
		"unknown": {"EncryptionAtRestOptions": {"Enabled": "${Encrypt}"}},
	}
	rule.deny == {{
		"path": ["EncryptionAtRestOptions", "Enabled"],
		"message": "The data of the domain is not encrypted.",
	}} with input as domain(properties)
}
