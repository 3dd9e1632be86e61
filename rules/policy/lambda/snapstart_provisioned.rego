# METADATA
# title: Lambda SnapStart goes without provisioned concurrency
# description: >-
#   A version of a function with SnapStart cannot have provisioned concurrency: the deployment fails.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
# custom:
#   id: LAMBDA_SNAPSTART_PROVISIONED
#   severity: MEDIUM
#   scope: template
#   resource_types: ["AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"]
#   remediation: Remove ProvisionedConcurrencyConfig, or SnapStart from the function.
#   witnesses: ["PublishedVersions"]
package guardhook.lambda.snapstart_provisioned

import data.guardhook.lib.function

deny contains finding if {
	some id, publisher
	input.template.resources[id].properties.SnapStart.ApplyOn == "PublishedVersions"
	input.template.resources[publisher].properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions
	of(publisher, id)
	finding := {
		"resource": publisher,
		"path": ["ProvisionedConcurrencyConfig"],
		"message": sprintf("Provisioned concurrency does not go with SnapStart, which the function %s uses.", [id]),
	}
}

of(publisher, id) if function.names(input.template.resources[publisher].properties.FunctionName, id)

of(publisher, id) if {
	function.called(
		input.template.resources[publisher].properties.FunctionName,
		input.template.resources[id].properties.FunctionName,
	)
}
