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
#     - AWS::AppStream::DirectoryConfig
#     - AWS::CodeBuild::SourceCredential
#     - AWS::Cognito::UserPoolIdentityProvider
#     - AWS::DMS::Endpoint
#     - AWS::DirectoryService::MicrosoftAD
#     - AWS::DirectoryService::SimpleAD
#     - AWS::DocDB::DBCluster
#     - AWS::DocDBElastic::Cluster
#     - AWS::EMR::Cluster
#     - AWS::ElastiCache::ReplicationGroup
#     - AWS::ElastiCache::User
#     - AWS::ElasticLoadBalancingV2::Listener
#     - AWS::ElasticLoadBalancingV2::ListenerRule
#     - AWS::Elasticsearch::Domain
#     - AWS::FSx::FileSystem
#     - AWS::FSx::StorageVirtualMachine
#     - AWS::Glue::Connection
#     - AWS::IAM::User
#     - AWS::KinesisFirehose::DeliveryStream
#     - AWS::Lightsail::Database
#     - AWS::MemoryDB::User
#     - AWS::OpenSearchService::Domain
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#     - AWS::Redshift::Cluster
#     - AWS::RedshiftServerless::Namespace
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
