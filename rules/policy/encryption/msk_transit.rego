# METADATA
# title: MSK cluster encrypts its connections
# description: >-
#   Brokers and clients of a Kafka cluster use TLS unless the cluster allows clear text. Whoever sees a
#   clear connection sees the messages and, with SASL, how to log in.
# related_resources:
#   - https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html
# custom:
#   id: MSK_TLS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::MSK::Cluster"]
#   remediation: >-
#     Leave EncryptionInfo.EncryptionInTransit out, or set ClientBroker to TLS and InCluster to true.
#   controls:
#     nist-800-53-r5: [SC-8, "SC-8(1)", SC-13, SC-23]
#     pci-dss-4: ["4.2.1"]
package guardhook.encryption.msk_transit

deny contains finding if {
	input.resource.properties.EncryptionInfo.EncryptionInTransit.ClientBroker in {"TLS_PLAINTEXT", "PLAINTEXT"}
	finding := {
		"path": ["EncryptionInfo", "EncryptionInTransit", "ClientBroker"],
		"message": "The cluster accepts clients in clear text.",
	}
}

deny contains finding if {
	input.resource.properties.EncryptionInfo.EncryptionInTransit.InCluster == false
	finding := {
		"path": ["EncryptionInfo", "EncryptionInTransit", "InCluster"],
		"message": "The brokers of the cluster talk to each other in clear text.",
	}
}
