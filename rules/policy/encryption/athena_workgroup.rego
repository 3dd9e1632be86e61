# METADATA
# title: Athena query results encrypted
# description: >-
#   Query results are copies of the data that was queried. The workgroup decides how they are encrypted,
#   if it also keeps clients from overriding it.
# related_resources:
#   - https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html
#   - https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
# custom:
#   id: ATHENA_RESULT_ENCRYPTION
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::Athena::WorkGroup"]
#   remediation: >-
#     Set WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration (EncryptionOption, and KmsKey
#     for SSE_KMS and CSE_KMS) and leave EnforceWorkGroupConfiguration true, or enable managed query results.
#   controls:
#     nist-800-53-r5: [SC-13, SC-28, "SC-28(1)"]
#     pci-dss-4: ["3.5.1"]
package guardhook.encryption.athena_workgroup

import data.guardhook.lib.value

# Results that Athena stores itself are always encrypted, and no client can move them.
managed if input.resource.properties.WorkGroupConfiguration.ManagedQueryResultsConfiguration.Enabled == true

option := input.resource.properties.WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.EncryptionOption

encrypted if option in {"SSE_S3", "SSE_KMS", "CSE_KMS"}

keyed if value.nonempty(input.resource.properties.WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration.KmsKey)

deny contains finding if {
	not managed
	not encrypted
	finding := {
		"path": ["WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "EncryptionOption"],
		"message": "The workgroup does not encrypt query results.",
	}
}

deny contains finding if {
	not managed
	option in {"SSE_KMS", "CSE_KMS"}
	not keyed
	finding := {
		"path": ["WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "KmsKey"],
		"message": "The encryption of query results with KMS names no key.",
	}
}

deny contains finding if {
	not managed
	encrypted
	input.resource.properties.WorkGroupConfiguration.EnforceWorkGroupConfiguration == false
	finding := {
		"path": ["WorkGroupConfiguration", "EnforceWorkGroupConfiguration"],
		"message": "Clients may override the workgroup's encryption of query results.",
	}
}
