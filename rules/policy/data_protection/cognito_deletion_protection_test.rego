package guardhook.data_protection.cognito_deletion_protection_test

import data.guardhook.data_protection.cognito_deletion_protection as rule

pool(properties) := {"resource": {"type": "AWS::Cognito::UserPool", "properties": properties}}

test_not_protected[name] if {
	some name, properties in {
		"missing": {},
		"inactive": {"DeletionProtection": "INACTIVE"},
		"unknown": {"DeletionProtection": "${Protect}"},
	}
	rule.deny == {{
		"path": ["DeletionProtection"],
		"message": "The user pool can be deleted: DeletionProtection is not ACTIVE.",
	}} with input as pool(properties)
}

test_protected if {
	rule.deny == set() with input as pool({"DeletionProtection": "ACTIVE"})
}
