package guardhook.stepfunctions.task_timeout_test

import data.guardhook.stepfunctions.task_timeout as rule

machine(properties) := {"resource": {"type": "AWS::StepFunctions::StateMachine", "properties": properties}}

task := {"Type": "Task", "Resource": "${Function.Arn}", "End": true}

definition := {"StartAt": "Work", "States": {
	"Work": task,
	"Again": task,
	"Bounded": object.union(task, {"TimeoutSeconds": "60"}),
	"BoundedByInput": object.union(task, {"TimeoutSecondsPath": "$.timeout"}),
	"Pause": {"Type": "Wait", "Seconds": "5"},
}}

test_object if {
	rule.deny == {
		{"path": ["Definition", "States", "Work"], "message": "No timeout is set for task: Work."},
		{"path": ["Definition", "States", "Again"], "message": "No timeout is set for task: Again."},
	} with input as machine({"Definition": definition})
}

test_text if {
	rule.deny == {{
		"path": ["DefinitionString"],
		"message": "No timeout is set for task: Again, Work.",
	}} with input as machine({"DefinitionString": json.marshal(definition)})
}

test_pass[name] if {
	some name, properties in {
		"no task": {"Definition": {"States": {"Pause": {"Type": "Wait"}}}},
		"bounded": {"Definition": {"States": {"Work": object.union(task, {"TimeoutSeconds": "60"})}}},
		"no definition": {},
	}
	rule.deny == set() with input as machine(properties)
}
