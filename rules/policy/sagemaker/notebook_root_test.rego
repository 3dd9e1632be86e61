package guardhook.sagemaker.notebook_root_test

import data.guardhook.sagemaker.notebook_root as rule

notebook(properties) := {"resource": {"type": "AWS::SageMaker::NotebookInstance", "properties": properties}}

test_disabled if {
	rule.deny == set() with input as notebook({"RootAccess": "Disabled"})
}

test_root[name] if {
	some name, properties in {
		"missing": {},
		"enabled": {"RootAccess": "Enabled"},
		"lower case": {"RootAccess": "disabled"},
		"open": {"RootAccess": "${RootAccess}"},
	}
	rule.deny == {{
		"path": ["RootAccess"],
		"message": "Users of the notebook have root access to its instance.",
	}} with input as notebook(properties)
}
