# METADATA
# title: Hook alias is a type name
# description: >-
#   The alias of a hook is three parts of 2 to 64 letters and digits, separated by two colons, and may
#   not begin with AWS. Anything else fails when the stack is deployed.
# related_resources:
#   - https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-lambdahook.html
# custom:
#   id: HOOK_ALIAS
#   severity: MEDIUM
#   scope: resource
#   resource_types: ["AWS::CloudFormation::LambdaHook", "AWS::CloudFormation::GuardHook"]
#   remediation: Use a name like Example::Guard::Hook.
package guardhook.hooks.hook_alias

deny contains finding if {
	not named
	finding := {
		"path": ["Alias"],
		"message": "The alias is not of the form Organization::Service::Hook, or begins with AWS.",
	}
}

named if {
	well_formed
	not reserved
}

well_formed if regex.match(`^[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}$`, input.resource.properties.Alias)

# Parts that are not known here may be right.
well_formed if regex.match(`^[A-Za-z0-9:]*(\$\{[^}]*\}[A-Za-z0-9:]*)+$`, input.resource.properties.Alias)

reserved if startswith(lower(input.resource.properties.Alias), "aws")
