# METADATA
# description: Texts that are places to fetch a secret from, and names of variables that hold one.
package guardhook.lib.secret

# reference(text) is true for a dynamic reference that CloudFormation resolves after every check,
# and that no template, change set or hook shows. {{resolve:ssm:...}} is none: its value is shown.
reference(text) if startswith(text, "{{resolve:secretsmanager:")

reference(text) if startswith(text, "{{resolve:ssm-secure:")

# named(name) is true for the name of a variable that holds a secret itself, and not the place of one
# (SECRET_ARN, TOKEN_TABLE); and for names that have a line each, where one of them is such a name.
named(name) if {
	regex.match(
		`(?im)(passw(or)?d|passphrase|(secret|private|api)_?key|(access|auth|bearer|refresh)_?token)$`,
		name,
	)
}
