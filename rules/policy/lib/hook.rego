# METADATA
# description: >-
#   The settings of a hook in an AWS::CloudFormation::HookTypeConfig, whose Configuration is JSON text.
#   Parts of the text that are not known are 0 here. Text that is no JSON has no settings:
#   CloudFormation refuses it. Rules that use this package name witnesses, since text is parsed.
package guardhook.lib.hook

# settings is the HookConfiguration of the text.
settings := json.unmarshal(text).CloudFormationConfiguration.HookConfiguration if json.is_valid(text)

text := regex.replace(input.resource.properties.Configuration, `\$\{[^}]*\}`, "0")
