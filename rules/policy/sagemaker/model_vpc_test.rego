package guardhook.sagemaker.model_vpc_test

import data.guardhook.sagemaker.model_vpc as rule

model(properties) := {"resource": {"type": "AWS::SageMaker::Model", "properties": properties}}

test_placed if {
	rule.deny == set() with input as model({"VpcConfig": {
		"Subnets": ["${SubnetA}", "${SubnetB}"],
		"SecurityGroupIds": ["${Group}"],
	}})
}

test_no_subnet[name] if {
	some name, properties in {
		"missing": {},
		"empty": {"VpcConfig": {}},
		"no subnets": {"VpcConfig": {"SecurityGroupIds": ["${Group}"]}},
		"empty list": {"VpcConfig": {"Subnets": [], "SecurityGroupIds": ["${Group}"]}},
		"odd": {"VpcConfig": "odd"},
	}
	rule.deny == {{
		"path": ["VpcConfig", "Subnets"],
		"message": "The model is not placed in subnets of a VPC.",
	}} with input as model(properties)
}

test_no_group[name] if {
	some name, config in {
		"missing": {"Subnets": ["${Subnet}"]},
		"empty list": {"Subnets": ["${Subnet}"], "SecurityGroupIds": []},
	}
	rule.deny == {{
		"path": ["VpcConfig", "SecurityGroupIds"],
		"message": "The model has no security group in its VPC.",
	}} with input as model({"VpcConfig": config})
}
