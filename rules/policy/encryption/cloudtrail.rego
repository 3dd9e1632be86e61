# METADATA
# title: CloudTrail log files encrypted with KMS
# description: >-
#   CloudTrail writes its files with the encryption of the bucket. With a KMS key, reading them needs a
#   permission for the key as well as for the bucket, and can be revoked in one place.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
# custom:
#   id: CLOUDTRAIL_KMS
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::CloudTrail::Trail", "AWS::CloudTrail::EventDataStore"]
#   remediation: >-
#     Set KMSKeyId (KmsKeyId of an event data store) to a key whose policy lets CloudTrail encrypt with it.
#   controls:
#     nist-800-53-r5: [AU-9, SC-13, SC-28, "SC-28(1)"]
#     cis-aws-foundations-3: ["3.5"]
#     cis-aws-foundations-4: ["3.5"]
#     pci-dss-4: ["3.5.1", "10.3.2"]
#     aws-guard-rules-registry: [cloudtrail/cloud_trail_encryption_enabled]
package guardhook.encryption.cloudtrail

import data.guardhook.lib.value

keyed if value.nonempty(input.resource.properties.KMSKeyId)

keyed if value.nonempty(input.resource.properties.KmsKeyId)

deny contains finding if {
	not keyed
	finding := {
		"path": [name],
		"message": "The recorded events are not encrypted with a KMS key of the account.",
	}
}

default name := "KMSKeyId"

name := "KmsKeyId" if input.resource.type == "AWS::CloudTrail::EventDataStore"
