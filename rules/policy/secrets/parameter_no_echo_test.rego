package guardhook.secrets.parameter_no_echo_test

import data.guardhook.secrets.parameter_no_echo as rule

template(parameter) := {"template": {
	"resources": {"Database": {"type": "AWS::RDS::DBInstance", "properties": {}}},
	"parameters": {"Word": parameter},
}}

parameter(path, no_echo) := {
	"type": "String",
	"no_echo": no_echo,
	"uses": [{"resource": "Database", "path": path}],
}

finding(path) := {
	"resource": "Database",
	"path": path,
	"message": "The parameter Word holds a credential, and everyone who may describe the stack is shown it.",
}

test_shown[path] if {
	some path in [
		["MasterUserPassword"],
		["BasicAuthConfig", "Password"],
		["Users", 0, "Password"],
		["AuthToken"],
		["Token"],
		["SecretString"],
		["ProviderDetails", "client_secret"],
		["Passwords", 1],
		["Environment", "Variables", "DB_PASSWORD"],
		["DefaultActions", 0, "AuthenticateOidcConfig", "ClientSecret"],
		["SplunkDestinationConfiguration", "HECToken"],
		["HttpEndpointDestinationConfiguration", "EndpointConfiguration", "AccessKey"],
		["VpnTunnelOptionsSpecifications", 1, "PreSharedKey"],
		["AuthParameters", "ApiKeyAuthParameters", "ApiKeyValue"],
		["AuthenticationConfiguration", "SecretToken"],
		["AzureBlobSasConfiguration", "AzureBlobSasToken"],
	]
	rule.deny == {finding(path)} with input as template(parameter(path, false))
}

# A credential is found among other properties.
test_among_others if {
	one := parameter(["AuthToken"], false)
	word := object.union(one, {"uses": array.concat(one.uses, [{"resource": "Database", "path": ["Port"]}])})
	rule.deny == {finding(["AuthToken"])} with input as template(word)
}

test_no_echo if rule.deny == set() with input as template(parameter(["MasterUserPassword"], true))

test_no_credential[path] if {
	some path in [
		["DBInstanceClass"], ["Environment", "Variables", "SECRET_ARN"], ["Tags", 0, "Value"], ["Ports", 1],
		["AccessKey"], ["EndpointConfiguration", "Url"],
	]
	rule.deny == set() with input as template(parameter(path, false))
}

# What comes from the parameter store is its name.
test_ssm if {
	stored := object.union(parameter(["MasterUserPassword"], false), {"type": "AWS::SSM::Parameter::Value<String>"})
	rule.deny == set() with input as template(stored)
}

# A resource that is not there shows nothing.
test_resource_not_created if {
	gone := object.union(template(parameter(["MasterUserPassword"], false)).template, {"resources": {}})
	rule.deny == set() with input as {"template": object.remove(gone, ["resources"])}
}
