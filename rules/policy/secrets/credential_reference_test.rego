package guardhook.secrets.credential_reference_test

import data.guardhook.secrets.credential_reference as rule

message := "The credential is given as text or by a parameter, and not by a dynamic reference to a secret."

reference := "{{resolve:secretsmanager:orders:SecretString:password}}"

resource(properties) := {"resource": {"type": "AWS::RDS::DBInstance", "properties": properties}}

# nested(path, value) is the object with the value at the path.
nested(path, value) := json.patch({}, [patch |
	some n in numbers.range(1, count(path))
	patch := {"op": "add", "path": array.slice(path, 0, n), "value": piece(path, n, value)}
])

piece(path, n, value) := value if n == count(path)

piece(path, n, _) := [] if is_number(path[n])

piece(path, n, _) := {} if is_string(path[n])

paths := [
	["MasterUserPassword"],
	["AdminUserPassword"],
	["AuthToken"],
	["Password"],
	["Token"],
	["OauthToken"],
	["AccessToken"],
	["SvmAdminPassword"],
	["LoginProfile", "Password"],
	["BasicAuthConfig", "Password"],
	["Passwords", 0],
	["Users", 0, "Password"],
	["AuthenticationMode", "Passwords", 0],
	["AdvancedSecurityOptions", "MasterUserOptions", "MasterUserPassword"],
	["OntapConfiguration", "FsxAdminPassword"],
	["WindowsConfiguration", "SelfManagedActiveDirectoryConfiguration", "Password"],
	["ActiveDirectoryConfiguration", "SelfManagedActiveDirectoryConfiguration", "Password"],
	["ServiceAccountCredentials", "AccountPassword"],
	["ProviderDetails", "client_secret"],
	["KerberosAttributes", "KdcAdminPassword"],
	["KerberosAttributes", "ADDomainJoinPassword"],
	["KerberosAttributes", "CrossRealmTrustPrincipalPassword"],
	["DefaultActions", 0, "AuthenticateOidcConfig", "ClientSecret"],
	["Actions", 0, "AuthenticateOidcConfig", "ClientSecret"],
	["ConnectionInput", "ConnectionProperties", "PASSWORD"],
	["RedshiftDestinationConfiguration", "Password"],
	["SplunkDestinationConfiguration", "HECToken"],
	["HttpEndpointDestinationConfiguration", "EndpointConfiguration", "AccessKey"],
	["TdeCredentialPassword"],
	["SecretKey"],
	["PrivateKey"],
	["AutoBranchCreationConfig", "BasicAuthConfig", "Password"],
	["LdapServerMetadata", "ServiceAccountPassword"],
	["AuthenticationConfiguration", "SecretToken"],
	["Stages", 0, "Actions", 0, "Configuration", "OAuthToken"],
	["Protocol", "SMB", "Password"],
	["AzureBlobSasConfiguration", "AzureBlobSasToken"],
	["VpnTunnelOptionsSpecifications", 0, "PreSharedKey"],
	["OidcOptions", "ClientSecret"],
	["AuthParameters", "BasicAuthParameters", "Password"],
	["AuthParameters", "ApiKeyAuthParameters", "ApiKeyValue"],
	["AuthParameters", "OAuthParameters", "ClientParameters", "ClientSecret"],
	["Credentials", "CredentialPair", "Password"],
	["Credentials", "KeyPairCredentials", "PrivateKey"],
	["Credentials", "KeyPairCredentials", "PrivateKeyPassphrase"],
	["GcpMySQLSettings", "Password"],
	["KafkaSettings", "SaslPassword"],
	["KafkaSettings", "SslClientKeyPassword"],
	["MicrosoftSqlServerSettings", "Password"],
	["MongoDbSettings", "Password"],
	["OracleSettings", "AsmPassword"],
	["RedisSettings", "AuthPassword"],
	["ConnectionInput", "AuthenticationConfiguration", "BasicAuthenticationCredentials", "Password"],
	["ConnectionInput", "AuthenticationConfiguration", "OAuth2Properties", "OAuth2Credentials", "AccessToken"],
	["ConnectionInput", "AuthenticationConfiguration", "OAuth2Properties", "OAuth2Credentials", "RefreshToken"],
	["SnowflakeDestinationConfiguration", "PrivateKey"],
	["SnowflakeDestinationConfiguration", "KeyPassphrase"],
]

test_text[path] if {
	some path in paths
	rule.deny == {{"path": path, "message": message}} with input as resource(nested(path, "hunter2"))
}

test_reference[path] if {
	some path in paths
	rule.deny == set() with input as resource(nested(path, reference))
}

test_other_texts[text] if {
	some text in ["${Password}", "{{resolve:ssm:/orders/password:1}}", "******"]
	properties := {"MasterUserPassword": text}
	rule.deny == {{"path": ["MasterUserPassword"], "message": message}} with input as resource(properties)
}

test_every_item_of_a_list if {
	properties := {"Users": [{"Password": reference}, {"Password": "hunter2"}, {"Username": "app"}]}
	rule.deny == {{"path": ["Users", 1, "Password"], "message": message}} with input as resource(properties)
}

test_no_credential[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"MasterUserPassword": ""},
		"managed": {"ManageMasterUserPassword": true},
		"secure parameter": {"Password": "{{resolve:ssm-secure:/orders/password:1}}"},
	}
	rule.deny == set() with input as resource(properties)
}
