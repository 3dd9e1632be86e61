# METADATA
# title: DocumentDB or Neptune cluster encrypted at rest
# description: >-
#   Storage and snapshots of a cluster without StorageEncrypted are in clear text, and stay so until it is
#   replaced. A cluster that is restored takes the setting from its origin and is left out, unless it
#   turns it off.
# related_resources:
#   - https://docs.aws.amazon.com/documentdb/latest/developerguide/encryption-at-rest.html
#   - https://docs.aws.amazon.com/neptune/latest/userguide/encrypt.html
# custom:
#   id: DOCUMENT_GRAPH_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster"]
#   remediation: Set StorageEncrypted to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.document_graph_cluster

import data.guardhook.lib.value

encrypted if input.resource.properties.StorageEncrypted == true

encrypted if {
	restored
	not input.resource.properties.StorageEncrypted == false
}

restored if value.nonempty(input.resource.properties.SnapshotIdentifier)

restored if value.nonempty(input.resource.properties.SourceDBClusterIdentifier)

deny contains finding if {
	not encrypted
	finding := {
		"path": ["StorageEncrypted"],
		"message": "The storage of the cluster is not encrypted.",
	}
}
