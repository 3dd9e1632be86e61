package guardhook.lib.states_test

import data.guardhook.lib.states

machine(properties) := {"resource": {"type": "AWS::StepFunctions::StateMachine", "properties": properties}}

task := {"Type": "Task", "Resource": "${Function.Arn}", "End": true}

catcher := [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]

definition := {
	"StartAt": "Plain",
	"States": {
		"Plain": task,
		"Own": object.union(task, {"Catch": catcher}),
		"Fan": {
			"Type": "Map",
			"Catch": catcher,
			"ItemProcessor": {"StartAt": "Inner", "States": {"Inner": task}},
		},
		"Both": {
			"Type": "Parallel",
			"Catch": [],
			"Branches": [{"StartAt": "Branch", "States": {"Branch": task}}],
		},
		"Failed": {"Type": "Fail", "Parameters": {"Type": "Task"}},
	},
}

test_object if {
	found := states.tasks with input as machine({"Definition": definition})
	{[entry.name, entry.path, entry.caught] | some entry in found} == {
		["Plain", ["Definition", "States", "Plain"], false],
		["Own", ["Definition", "States", "Own"], true],
		["Inner", ["Definition", "States", "Fan", "ItemProcessor", "States", "Inner"], true],
		["Branch", ["Definition", "States", "Both", "Branches", 0, "States", "Branch"], false],
	}
	every entry in found {
		entry.body.Type == "Task"
	}
}

test_text if {
	found := states.tasks with input as machine({"DefinitionString": json.marshal(definition)})
	{[entry.name, entry.path, entry.caught] | some entry in found} == {
		["Plain", ["DefinitionString"], false],
		["Own", ["DefinitionString"], true],
		["Inner", ["DefinitionString"], true],
		["Branch", ["DefinitionString"], false],
	}
}

test_none[name] if {
	some name, properties in {
		"no definition": {},
		"in S3": {"DefinitionS3Location": {"Bucket": "flows", "Key": "orders.json"}},
		"no JSON": {"DefinitionString": "{\"StartAt\": ${Start}}"},
		"JSON of another kind": {"DefinitionString": "[1]"},
		"text": {"Definition": "${Definition}"},
		"empty": {"Definition": {}},
		"task outside of states": {"Definition": {"Type": "Task", "Other": {"A": task}}},
	}
	states.tasks == set() with input as machine(properties)
}
