package guardhook.encryption.msk_key_test

import data.guardhook.encryption.msk_key as rule

cluster(encryption) := {"resource": {
	"type": "AWS::MSK::Cluster",
	"properties": {"EncryptionInfo": encryption},
}}

test_key if {
	rule.deny == set() with input as cluster({"EncryptionAtRest": {"DataVolumeKMSKeyId": "${Key.Arn}"}})
}

test_no_key[name] if {
	some name, encryption in {
		"missing": {},
		"empty": {"EncryptionAtRest": {"DataVolumeKMSKeyId": ""}},
		"in transit only": {"EncryptionInTransit": {"ClientBroker": "TLS"}},
	}
	rule.deny == {{
		"path": ["EncryptionInfo", "EncryptionAtRest", "DataVolumeKMSKeyId"],
		"message": "The volumes of the cluster are not encrypted with a KMS key of the account.",
	}} with input as cluster(encryption)
}
