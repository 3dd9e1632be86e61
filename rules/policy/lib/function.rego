# METADATA
# description: |
#   Lambda functions of a template and what refers to them.
#
#   names(text, id)      the text is the name or ARN of the function with the logical id
#   called(text, name)   the text is the name or ARN of the function with the name
package guardhook.lib.function

names(text, id) if contains(text, sprintf("${%s}", [id]))

names(text, id) if contains(text, sprintf("${%s.Arn}", [id]))

called(text, name) if text == name

called(text, name) if endswith(text, sprintf(":function:%s", [name]))
