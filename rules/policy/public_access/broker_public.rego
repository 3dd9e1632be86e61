# METADATA
# title: Message broker is not public
# description: A publicly accessible ActiveMQ, RabbitMQ or Kafka broker has an address on the internet.
# related_resources:
#   - https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/using-amazon-mq-securely.html
#   - https://docs.aws.amazon.com/msk/latest/developerguide/public-access.html
# custom:
#   id: BROKER_PUBLIC
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::AmazonMQ::Broker", "AWS::MSK::Cluster"]
#   remediation: >-
#     Set PubliclyAccessible to false (Amazon MQ), or leave out ConnectivityInfo.PublicAccess (MSK).
#   controls:
#     nist-800-53-r5: [AC-4, AC-6, SC-7]
#     pci-dss-4: ["1.4.4"]
package guardhook.public_access.broker_public

deny contains finding if {
	input.resource.properties.PubliclyAccessible == true
	finding := {
		"path": ["PubliclyAccessible"],
		"message": "The broker is publicly accessible.",
	}
}

deny contains finding if {
	input.resource.properties.BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type == "SERVICE_PROVIDED_EIPS"
	finding := {
		"path": ["BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type"],
		"message": "The brokers are publicly accessible.",
	}
}
