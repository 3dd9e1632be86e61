package guardhook.stepfunctions.task_catch_test

import data.guardhook.stepfunctions.task_catch as rule

machine(properties) := {"resource": {"type": "AWS::StepFunctions::StateMachine", "properties": properties}}

task := {"Type": "Task", "Resource": "${Function.Arn}", "End": true}

catcher := [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]

definition := {"StartAt": "Work", "States": {
	"Work": task,
	"Again": task,
	"Safe": object.union(task, {"Catch": catcher}),
	"Fan": {"Type": "Map", "Catch": catcher, "ItemProcessor": {"States": {"Inner": task}}},
	"Failed": {"Type": "Fail"},
}}

test_object if {
	rule.deny == {
		{"path": ["Definition", "States", "Work"], "message": "Errors are not caught for task: Work."},
		{"path": ["Definition", "States", "Again"], "message": "Errors are not caught for task: Again."},
	} with input as machine({"Definition": definition})
}

test_text if {
	rule.deny == {{
		"path": ["DefinitionString"],
		"message": "Errors are not caught for task: Again, Work.",
	}} with input as machine({"DefinitionString": json.marshal(definition)})
}

test_pass[name] if {
	some name, properties in {
		"no task": {"Definition": {"States": {"Pause": {"Type": "Wait"}}}},
		"caught": {"Definition": {"States": {"Work": object.union(task, {"Catch": catcher})}}},
		"no definition": {},
	}
	rule.deny == set() with input as machine(properties)
}
