package guardhook.encryption.ec2_block_devices_test

import data.guardhook.encryption.ec2_block_devices as rule

message := "The block device's EBS volume is not encrypted."

instance(mappings) := {"resource": {
	"type": "AWS::EC2::Instance",
	"properties": {"BlockDeviceMappings": mappings},
}}

template(mappings) := {"resource": {
	"type": "AWS::EC2::LaunchTemplate",
	"properties": {"LaunchTemplateData": {"BlockDeviceMappings": mappings}},
}}

good := [
	{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": true, "VolumeSize": 8}},
	{"DeviceName": "/dev/xvdb", "VirtualName": "ephemeral0"},
	{"DeviceName": "/dev/xvdc", "NoDevice": ""},
]

bad := [
	{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": true}},
	{"DeviceName": "/dev/xvdb", "Ebs": {"Encrypted": false}},
	{"DeviceName": "/dev/xvdc", "Ebs": {"VolumeSize": 8}},
	{"DeviceName": "/dev/xvdd", "Ebs": {}},
	{"DeviceName": "/dev/xvde", "Ebs": {"Encrypted": "${Encrypt}"}},
]

test_encrypted if {
	rule.deny == set() with input as instance(good)
	rule.deny == set() with input as template(good)
}

test_unencrypted_in_instance if {
	rule.deny == {finding |
		some i in [1, 2, 3, 4]
		finding := {"path": ["BlockDeviceMappings", i, "Ebs", "Encrypted"], "message": message}
	} with input as instance(bad)
}

test_unencrypted_in_template if {
	rule.deny == {finding |
		some i in [1, 2, 3, 4]
		finding := {"path": ["LaunchTemplateData", "BlockDeviceMappings", i, "Ebs", "Encrypted"], "message": message}
	} with input as template(bad)
}

test_no_mappings if {
	rule.deny == set() with input as instance([])
	rule.deny == set() with input as template([])
	rule.deny == set() with input as {"resource": {"type": "AWS::EC2::Instance", "properties": {}}}
	rule.deny == set() with input as {"resource": {
		"type": "AWS::EC2::LaunchTemplate",
		"properties": {"LaunchTemplateData": {}},
	}}
}

test_unencrypted_in_spot_fleet if {
	specifications := [{"BlockDeviceMappings": good}, {"BlockDeviceMappings": bad}]
	rule.deny == {finding |
		some i in [1, 2, 3, 4]
		finding := {
			"path": [
				"SpotFleetRequestConfigData", "LaunchSpecifications", 1,
				"BlockDeviceMappings", i, "Ebs", "Encrypted",
			],
			"message": message,
		}
	} with input as {"resource": {
		"type": "AWS::EC2::SpotFleet",
		"properties": {"SpotFleetRequestConfigData": {"LaunchSpecifications": specifications}},
	}}
}
