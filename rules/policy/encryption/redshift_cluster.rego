# METADATA
# title: Redshift cluster encrypted at rest
# description: >-
#   Redshift encrypts new clusters by default, but a cluster from before, or from a snapshot, may not be:
#   only a cluster that says so surely is, with its snapshots.
# related_resources:
#   - https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html
# custom:
#   id: REDSHIFT_ENCRYPTION
#   severity: HIGH
#   scope: resource
#   resource_types: ["AWS::Redshift::Cluster"]
#   remediation: Set Encrypted to true; KmsKeyId selects a key of the account.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
#     aws-guard-rules-registry: [amazon_redshift/redshift_cluster_configuration_check]
package guardhook.encryption.redshift_cluster

deny contains finding if {
	not input.resource.properties.Encrypted == true
	finding := {
		"path": ["Encrypted"],
		"message": "The cluster does not say that its data is encrypted.",
	}
}
