# METADATA
# title: State machine is traced
# description: A trace shows which task of an execution was slow or failed, across services.
# related_resources:
#   - https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
# custom:
#   id: STATE_MACHINE_TRACING
#   severity: LOW
#   scope: resource
#   resource_types: ["AWS::StepFunctions::StateMachine"]
#   remediation: Set TracingConfiguration.Enabled to true.
#   controls:
#     nist-800-53-r5: [AU-12, SI-4]
package guardhook.stepfunctions.tracing

deny contains finding if {
	not input.resource.properties.TracingConfiguration.Enabled == true
	finding := {
		"path": ["TracingConfiguration", "Enabled"],
		"message": "Executions of the state machine are not traced.",
	}
}
