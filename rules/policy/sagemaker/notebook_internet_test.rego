package guardhook.sagemaker.notebook_internet_test

import data.guardhook.sagemaker.notebook_internet as rule

notebook(properties) := {"resource": {"type": "AWS::SageMaker::NotebookInstance", "properties": properties}}

test_disabled if {
	rule.deny == set() with input as notebook({"DirectInternetAccess": "Disabled", "SubnetId": "${Subnet}"})
}

test_direct[name] if {
	some name, properties in {
		"missing": {},
		"enabled": {"DirectInternetAccess": "Enabled"},
		"in a subnet": {"DirectInternetAccess": "Enabled", "SubnetId": "${Subnet}"},
		"open": {"DirectInternetAccess": "${Access}"},
	}
	rule.deny == {{
		"path": ["DirectInternetAccess"],
		"message": "The notebook has direct access to the internet.",
	}} with input as notebook(properties)
}

test_no_subnet[name] if {
	some name, properties in {
		"missing": {"DirectInternetAccess": "Disabled"},
		"empty": {"DirectInternetAccess": "Disabled", "SubnetId": ""},
	}
	rule.deny == {{
		"path": ["SubnetId"],
		"message": "A notebook without direct internet access needs a subnet.",
	}} with input as notebook(properties)
}
