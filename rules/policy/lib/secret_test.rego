package guardhook.lib.secret_test

import data.guardhook.lib.secret

test_reference[text] if {
	some text in [
		"{{resolve:secretsmanager:orders:SecretString:password}}",
		"{{resolve:secretsmanager:${Secret}:SecretString:password}}",
		"{{resolve:ssm-secure:/orders/password:1}}",
	]
	secret.reference(text)
}

test_no_reference[text] if {
	some text in ["", "hunter2", "${Password}", "{{resolve:ssm:/orders/password:1}}", " {{resolve:secretsmanager:orders}}"]
	not secret.reference(text)
}

test_named[name] if {
	some name in [
		"PASSWORD", "DB_PASSWORD", "db-passwd", "dbPassword", "PGPASSWORD", "KEY_PASSPHRASE", "API_KEY", "apikey",
		"STRIPE_APIKEY", "AWS_SECRET_KEY", "privateKey", "PRIVATE_KEY", "AUTH_TOKEN", "accessToken", "REFRESH_TOKEN",
		"BEARER_TOKEN",
	]
	secret.named(name)
}

test_not_named[name] if {
	some name in [
		"", "PASSWORD_LENGTH", "SECRET_ARN", "DB_SECRET", "TOKEN_TABLE", "TOKEN", "KEY", "KMS_KEY", "PARTITION_KEY",
		"API_KEY_NAME", "tokenizer", "OBJECT_KEY", "NEXT_TOKEN",
	]
	not secret.named(name)
}

test_named_lines if secret.named("TOKEN_TABLE\nDB_PASSWORD\nSTAGE")

test_no_named_line if not secret.named("TOKEN_TABLE\nPASSWORD_LENGTH")
