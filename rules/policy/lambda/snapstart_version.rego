# METADATA
# title: Lambda SnapStart has a published version
# description: >-
#   SnapStart takes effect for published versions and aliases of them only. A function with SnapStart
#   of which the template publishes no version starts as slowly as before.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
# custom:
#   id: LAMBDA_SNAPSTART_VERSION
#   severity: LOW
#   scope: template
#   resource_types: ["AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"]
#   remediation: Add an AWS::Lambda::Version for the function, and invoke the version or an alias of it.
#   witnesses: [PublishedVersions, "$LATEST"]
package guardhook.lambda.snapstart_version

import data.guardhook.lib.function

deny contains finding if {
	some id
	input.template.resources[id].properties.SnapStart.ApplyOn == "PublishedVersions"
	not published(id)
	finding := {
		"resource": id,
		"path": ["SnapStart", "ApplyOn"],
		"message": "SnapStart has no effect: the template publishes no version of the function.",
	}
}

published(id) if {
	some publisher in publishers
	function.names(input.template.resources[publisher].properties.FunctionName, id)
}

published(id) if {
	some publisher in publishers
	function.called(
		input.template.resources[publisher].properties.FunctionName,
		input.template.resources[id].properties.FunctionName,
	)
}

publishers contains id if {
	some id
	input.template.resources[id].type == "AWS::Lambda::Version"
}

publishers contains id if {
	some id
	input.template.resources[id].type == "AWS::Lambda::Alias"
	input.template.resources[id].properties.FunctionVersion != "$LATEST"
}
