# METADATA
# title: Task states have a timeout
# description: >-
#   A task whose worker is lost waits until its timeout, which is practically never by default: the
#   execution hangs, and keeps what it holds.
# related_resources:
#   - https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
# custom:
#   id: STATE_MACHINE_TASK_TIMEOUT
#   severity: INFORMATIONAL
#   scope: resource
#   resource_types: ["AWS::StepFunctions::StateMachine"]
#   remediation: Set TimeoutSeconds or TimeoutSecondsPath in every Task state.
#   literals: true
package guardhook.stepfunctions.task_timeout

import data.guardhook.lib.states

deny contains finding if {
	some path in {task.path | some task in endless}
	names := sort([task.name | some task in endless; task.path == path])
	finding := {
		"path": path,
		"message": sprintf("No timeout is set for task: %s.", [concat(", ", names)]),
	}
}

endless contains task if {
	some task in states.tasks
	not task.body.TimeoutSeconds
	not task.body.TimeoutSecondsPath
}
