# METADATA
# title: Errors of task states are caught
# description: >-
#   A task that fails without a Catch, of its own or of a Map or Parallel state around it, ends the
#   execution where it stands, and nothing is cleaned up or reported.
# related_resources:
#   - https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
# custom:
#   id: STATE_MACHINE_TASK_CATCH
#   severity: INFORMATIONAL
#   scope: resource
#   resource_types: ["AWS::StepFunctions::StateMachine"]
#   remediation: Add a Catch for States.ALL to the Task state, or to the Map or Parallel state around it.
#   literals: true
package guardhook.stepfunctions.task_catch

import data.guardhook.lib.states

deny contains finding if {
	some path in {task.path | some task in uncaught}
	names := sort([task.name | some task in uncaught; task.path == path])
	finding := {
		"path": path,
		"message": sprintf("Errors are not caught for task: %s.", [concat(", ", names)]),
	}
}

uncaught contains task if {
	some task in states.tasks
	task.caught == false
}
