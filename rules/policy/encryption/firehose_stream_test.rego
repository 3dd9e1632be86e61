package guardhook.encryption.firehose_stream_test

import data.guardhook.encryption.firehose_stream as rule

stream(properties) := {"resource": {"type": "AWS::KinesisFirehose::DeliveryStream", "properties": properties}}

test_encrypted[kind] if {
	some kind in ["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"]
	encryption := {"KeyType": kind}
	rule.deny == set() with input as stream({"DeliveryStreamEncryptionConfigurationInput": encryption})
}

test_not_encrypted[name] if {
	some name, properties in {
		"missing": {},
		"put": {"DeliveryStreamType": "DirectPut"},
		"only a key": {"DeliveryStreamEncryptionConfigurationInput": {"KeyARN": "${Key.Arn}"}},
		"odd": {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "NONE"}},
	}
	rule.deny == {{
		"path": ["DeliveryStreamEncryptionConfigurationInput", "KeyType"],
		"message": "Records in the stream are not encrypted.",
	}} with input as stream(properties)
}

test_reads[source] if {
	some source in ["KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"]
	rule.deny == set() with input as stream({"DeliveryStreamType": source})
}
