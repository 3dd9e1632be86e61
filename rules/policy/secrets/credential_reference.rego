# METADATA
# title: Credentials are dynamic references
# description: >-
#   A password in a property comes with the deployment: from the template, where everyone with the
#   repository reads it, or from a parameter, where it passes through command lines, pipelines and
#   hooks. NoEcho hides it in the console only. A dynamic reference is resolved behind all of that.
# related_resources:
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html
# custom:
#   id: CREDENTIAL_REFERENCE
#   severity: HIGH
#   scope: resource
#   resource_types:
#     - AWS::AmazonMQ::Broker
#     - AWS::Amplify::App
#     - AWS::Amplify::Branch
#     - AWS::AppStream::DirectoryConfig
#     - AWS::BackupGateway::Hypervisor
#     - AWS::CodeBuild::SourceCredential
#     - AWS::CodePipeline::Pipeline
#     - AWS::CodePipeline::Webhook
#     - AWS::Cognito::UserPoolIdentityProvider
#     - AWS::Connect::User
#     - AWS::DMS::Endpoint
#     - AWS::DataSync::LocationAzureBlob
#     - AWS::DataSync::LocationFSxONTAP
#     - AWS::DataSync::LocationFSxWindows
#     - AWS::DataSync::LocationObjectStorage
#     - AWS::DataSync::LocationSMB
#     - AWS::DirectoryService::MicrosoftAD
#     - AWS::DirectoryService::SimpleAD
#     - AWS::DocDB::DBCluster
#     - AWS::DocDBElastic::Cluster
#     - AWS::EC2::VPNConnection
#     - AWS::EC2::VerifiedAccessTrustProvider
#     - AWS::EMR::Cluster
#     - AWS::ElastiCache::ReplicationGroup
#     - AWS::ElastiCache::User
#     - AWS::ElasticLoadBalancingV2::Listener
#     - AWS::ElasticLoadBalancingV2::ListenerRule
#     - AWS::Elasticsearch::Domain
#     - AWS::Events::Connection
#     - AWS::FSx::FileSystem
#     - AWS::FSx::StorageVirtualMachine
#     - AWS::Glue::Connection
#     - AWS::IAM::User
#     - AWS::KinesisFirehose::DeliveryStream
#     - AWS::Lightsail::Database
#     - AWS::MemoryDB::User
#     - AWS::OpenSearchService::Domain
#     - AWS::QuickSight::DataSource
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#     - AWS::Redshift::Cluster
#     - AWS::RedshiftServerless::Namespace
#     - AWS::Timestream::InfluxDBInstance
#     - AWS::Transfer::Certificate
#   remediation: >-
#     Let the service manage the password (ManageMasterUserPassword and its like), or write
#     {{resolve:secretsmanager:...}} or {{resolve:ssm-secure:...}}.
#   controls:
#     nist-800-53-r5: [IA-5, SC-28]
#     pci-dss-4: ["8.3.2", "8.6.2"]
#     aws-guard-rules-registry:
#       - amazon_rds/rds_master_user_password_no_plaintext_password
#       - amazon_redshift/redshift_cluster_master_user_password_no_plaintext_password
#       - aws_kinesis/kinesis_firehose_redshift_destination_configuration_no_plaintext_password
#       - aws_microsoft_ad/microsoft_ad_no_plaintext_password
#       - iam/iam_user_login_profile_no_plaintext_password
package guardhook.secrets.credential_reference

import data.guardhook.lib.secret

deny contains finding if {
	some [path, text] in credentials
	text != ""
	not secret.reference(text)
	finding := {
		"path": path,
		"message": "The credential is given as text or by a parameter, and not by a dynamic reference to a secret.",
	}
}

credentials contains [["MasterUserPassword"], input.resource.properties.MasterUserPassword]

credentials contains [["AdminUserPassword"], input.resource.properties.AdminUserPassword]

credentials contains [["AuthToken"], input.resource.properties.AuthToken]

credentials contains [["Password"], input.resource.properties.Password]

credentials contains [["Token"], input.resource.properties.Token]

credentials contains [["OauthToken"], input.resource.properties.OauthToken]

credentials contains [["AccessToken"], input.resource.properties.AccessToken]

credentials contains [["SvmAdminPassword"], input.resource.properties.SvmAdminPassword]

credentials contains [["LoginProfile", "Password"], input.resource.properties.LoginProfile.Password]

credentials contains [["BasicAuthConfig", "Password"], input.resource.properties.BasicAuthConfig.Password]

credentials contains [["Passwords", i], input.resource.properties.Passwords[i]]

credentials contains [["Users", i, "Password"], input.resource.properties.Users[i].Password]

credentials contains [
	["AuthenticationMode", "Passwords", i],
	input.resource.properties.AuthenticationMode.Passwords[i],
]

credentials contains [
	["AdvancedSecurityOptions", "MasterUserOptions", "MasterUserPassword"],
	input.resource.properties.AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword,
]

credentials contains [
	["OntapConfiguration", "FsxAdminPassword"],
	input.resource.properties.OntapConfiguration.FsxAdminPassword,
]

credentials contains [
	["WindowsConfiguration", "SelfManagedActiveDirectoryConfiguration", "Password"],
	input.resource.properties.WindowsConfiguration.SelfManagedActiveDirectoryConfiguration.Password,
]

credentials contains [
	["ActiveDirectoryConfiguration", "SelfManagedActiveDirectoryConfiguration", "Password"],
	input.resource.properties.ActiveDirectoryConfiguration.SelfManagedActiveDirectoryConfiguration.Password,
]

credentials contains [
	["ServiceAccountCredentials", "AccountPassword"],
	input.resource.properties.ServiceAccountCredentials.AccountPassword,
]

credentials contains [
	["ProviderDetails", "client_secret"],
	input.resource.properties.ProviderDetails.client_secret,
]

credentials contains [
	["KerberosAttributes", "KdcAdminPassword"],
	input.resource.properties.KerberosAttributes.KdcAdminPassword,
]

credentials contains [
	["KerberosAttributes", "ADDomainJoinPassword"],
	input.resource.properties.KerberosAttributes.ADDomainJoinPassword,
]

credentials contains [
	["KerberosAttributes", "CrossRealmTrustPrincipalPassword"],
	input.resource.properties.KerberosAttributes.CrossRealmTrustPrincipalPassword,
]

credentials contains [
	["DefaultActions", i, "AuthenticateOidcConfig", "ClientSecret"],
	input.resource.properties.DefaultActions[i].AuthenticateOidcConfig.ClientSecret,
]

credentials contains [
	["Actions", i, "AuthenticateOidcConfig", "ClientSecret"],
	input.resource.properties.Actions[i].AuthenticateOidcConfig.ClientSecret,
]

credentials contains [
	["ConnectionInput", "ConnectionProperties", "PASSWORD"],
	input.resource.properties.ConnectionInput.ConnectionProperties.PASSWORD,
]

credentials contains [
	["RedshiftDestinationConfiguration", "Password"],
	input.resource.properties.RedshiftDestinationConfiguration.Password,
]

credentials contains [
	["SplunkDestinationConfiguration", "HECToken"],
	input.resource.properties.SplunkDestinationConfiguration.HECToken,
]

credentials contains [
	["HttpEndpointDestinationConfiguration", "EndpointConfiguration", "AccessKey"],
	input.resource.properties.HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey,
]

credentials contains [["TdeCredentialPassword"], input.resource.properties.TdeCredentialPassword]

credentials contains [["SecretKey"], input.resource.properties.SecretKey]

credentials contains [["PrivateKey"], input.resource.properties.PrivateKey]

credentials contains [
	["AutoBranchCreationConfig", "BasicAuthConfig", "Password"],
	input.resource.properties.AutoBranchCreationConfig.BasicAuthConfig.Password,
]

credentials contains [
	["LdapServerMetadata", "ServiceAccountPassword"],
	input.resource.properties.LdapServerMetadata.ServiceAccountPassword,
]

credentials contains [
	["AuthenticationConfiguration", "SecretToken"],
	input.resource.properties.AuthenticationConfiguration.SecretToken,
]

credentials contains [
	["Stages", i, "Actions", j, "Configuration", "OAuthToken"],
	input.resource.properties.Stages[i].Actions[j].Configuration.OAuthToken,
]

credentials contains [["Protocol", "SMB", "Password"], input.resource.properties.Protocol.SMB.Password]

credentials contains [
	["AzureBlobSasConfiguration", "AzureBlobSasToken"],
	input.resource.properties.AzureBlobSasConfiguration.AzureBlobSasToken,
]

credentials contains [
	["VpnTunnelOptionsSpecifications", i, "PreSharedKey"],
	input.resource.properties.VpnTunnelOptionsSpecifications[i].PreSharedKey,
]

credentials contains [["OidcOptions", "ClientSecret"], input.resource.properties.OidcOptions.ClientSecret]

credentials contains [
	["AuthParameters", "BasicAuthParameters", "Password"],
	input.resource.properties.AuthParameters.BasicAuthParameters.Password,
]

credentials contains [
	["AuthParameters", "ApiKeyAuthParameters", "ApiKeyValue"],
	input.resource.properties.AuthParameters.ApiKeyAuthParameters.ApiKeyValue,
]

credentials contains [
	["AuthParameters", "OAuthParameters", "ClientParameters", "ClientSecret"],
	input.resource.properties.AuthParameters.OAuthParameters.ClientParameters.ClientSecret,
]

credentials contains [
	["Credentials", "CredentialPair", "Password"],
	input.resource.properties.Credentials.CredentialPair.Password,
]

credentials contains [
	["Credentials", "KeyPairCredentials", "PrivateKey"],
	input.resource.properties.Credentials.KeyPairCredentials.PrivateKey,
]

credentials contains [
	["Credentials", "KeyPairCredentials", "PrivateKeyPassphrase"],
	input.resource.properties.Credentials.KeyPairCredentials.PrivateKeyPassphrase,
]

credentials contains [["GcpMySQLSettings", "Password"], input.resource.properties.GcpMySQLSettings.Password]

credentials contains [["KafkaSettings", "SaslPassword"], input.resource.properties.KafkaSettings.SaslPassword]

credentials contains [
	["KafkaSettings", "SslClientKeyPassword"],
	input.resource.properties.KafkaSettings.SslClientKeyPassword,
]

credentials contains [
	["MicrosoftSqlServerSettings", "Password"],
	input.resource.properties.MicrosoftSqlServerSettings.Password,
]

credentials contains [["MongoDbSettings", "Password"], input.resource.properties.MongoDbSettings.Password]

credentials contains [["OracleSettings", "AsmPassword"], input.resource.properties.OracleSettings.AsmPassword]

credentials contains [["RedisSettings", "AuthPassword"], input.resource.properties.RedisSettings.AuthPassword]

credentials contains [
	["ConnectionInput", "AuthenticationConfiguration", "BasicAuthenticationCredentials", "Password"],
	input.resource.properties.ConnectionInput.AuthenticationConfiguration.BasicAuthenticationCredentials.Password,
]

credentials contains [
	["ConnectionInput", "AuthenticationConfiguration", "OAuth2Properties", "OAuth2Credentials", "AccessToken"],
	input.resource.properties.ConnectionInput.AuthenticationConfiguration.OAuth2Properties.OAuth2Credentials.AccessToken,
]

credentials contains [
	["ConnectionInput", "AuthenticationConfiguration", "OAuth2Properties", "OAuth2Credentials", "RefreshToken"],
	input.resource.properties.ConnectionInput.AuthenticationConfiguration.OAuth2Properties.OAuth2Credentials.RefreshToken,
]

credentials contains [
	["SnowflakeDestinationConfiguration", "PrivateKey"],
	input.resource.properties.SnowflakeDestinationConfiguration.PrivateKey,
]

credentials contains [
	["SnowflakeDestinationConfiguration", "KeyPassphrase"],
	input.resource.properties.SnowflakeDestinationConfiguration.KeyPassphrase,
]
