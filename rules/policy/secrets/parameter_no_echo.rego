# METADATA
# title: Parameters that hold secrets have NoEcho
# description: >-
#   The value of a parameter without NoEcho is shown in the console and by every call that describes
#   the stack or its change sets. NoEcho masks it there. A dynamic reference keeps the secret out of the
#   parameters altogether.
# related_resources:
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html
# custom:
#   id: PARAMETER_NO_ECHO
#   severity: HIGH
#   scope: template
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
#     - AWS::Lambda::Function
#     - AWS::Lightsail::Database
#     - AWS::MemoryDB::User
#     - AWS::OpenSearchService::Domain
#     - AWS::QuickSight::DataSource
#     - AWS::RDS::DBCluster
#     - AWS::RDS::DBInstance
#     - AWS::Redshift::Cluster
#     - AWS::RedshiftServerless::Namespace
#     - AWS::SecretsManager::Secret
#     - AWS::Timestream::InfluxDBInstance
#     - AWS::Transfer::Certificate
#   remediation: Write NoEcho true in the parameter, or a dynamic reference in the property.
#   controls:
#     nist-800-53-r5: [IA-5, SC-28]
#     pci-dss-4: ["8.3.2", "8.6.2"]
package guardhook.secrets.parameter_no_echo

import data.guardhook.lib.secret

# The properties that parameters are used in, as one text: most templates give no secret by a
# parameter, and one look tells.
properties := concat("\n", {property |
	some parameter in input.template.parameters
	some use in parameter.uses
	property := last_name(use.path)
})

relevant if secret.named(properties)

relevant if regex.match(
	`(?m)^(Token|SecretString|client_secret|ClientSecret|HECToken|PreSharedKey|ApiKeyValue|SecretToken|AzureBlobSasToken|AccessKey|Passwords)$`,
	properties,
)

deny contains finding if {
	relevant
	some name, parameter in input.template.parameters
	parameter.no_echo == false
	not startswith(parameter.type, "AWS::SSM::Parameter::")
	some use in parameter.uses
	credential(use.path)
	input.template.resources[use.resource].type
	finding := {
		"resource": use.resource,
		"path": use.path,
		"message": sprintf(
			"The parameter %s holds a credential, and everyone who may describe the stack is shown it.",
			[name],
		),
	}
}

# last_name(path) is the property, or that whose list the place is in.
last_name(path) := names[count(names) - 1] if names := [step | some step in path; is_string(step)]

# credential(path) is true for a property that is a credential, by its name or by that of the list it is in.
credential(path) if secret.named(last_name(path))

credential(path) if path[count(path) - 1] in {
	"Token", "SecretString", "client_secret", "ClientSecret", "HECToken", "PreSharedKey", "ApiKeyValue",
	"SecretToken", "AzureBlobSasToken",
}

# The key that an HTTP endpoint of Firehose checks. Elsewhere an access key is the name of one.
credential(path) if {
	path[count(path) - 2] == "EndpointConfiguration"
	path[count(path) - 1] == "AccessKey"
}

credential(path) if {
	path[count(path) - 2] == "Passwords"
	is_number(path[count(path) - 1])
}
