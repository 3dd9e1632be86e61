package guardhook.encryption.kms_key_rotation_test

import data.guardhook.encryption.kms_key_rotation as rule

key(properties) := {"resource": {"type": "AWS::KMS::Key", "properties": properties}}

test_rotated if {
	rule.deny == set() with input as key({"EnableKeyRotation": true})
}

test_cannot_rotate[name] if {
	some name, properties in {
		"asymmetric": {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
		"HMAC": {"KeySpec": "HMAC_256"},
		"imported": {"Origin": "EXTERNAL"},
	}
	rule.deny == set() with input as key(properties)
}

test_not_rotated[name] if {
	some name, properties in {
		"missing": {},
		"off": {"EnableKeyRotation": false},
		"unknown": {"EnableKeyRotation": "${Rotate}"},
		"symmetric": {"KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"},
		"empty": {"KeySpec": ""},
	}
	rule.deny == {{"path": ["EnableKeyRotation"], "message": "The key is not rotated."}} with input as key(properties)
}
