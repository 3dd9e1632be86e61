# METADATA
# description: >-
#   The actions that the policies of an IAM resource name, read without the rest of the documents. A
#   rule that is about actions first can say so in its document relevant: what the resources and
#   conditions of a policy are matters only where an action does.
package guardhook.lib.policies

# actions holds every text of an Action element, in lower case.
actions contains lower(text) if {
	text := input.resource.properties.Policies[_].PolicyDocument.Statement[_].Action[_]
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.Policies[_].PolicyDocument.Statement[_].Action
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.Policies[_].PolicyDocument.Statement.Action[_]
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.Policies[_].PolicyDocument.Statement.Action
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.PolicyDocument.Statement[_].Action[_]
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.PolicyDocument.Statement[_].Action
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.PolicyDocument.Statement.Action[_]
	is_string(text)
}

actions contains lower(text) if {
	text := input.resource.properties.PolicyDocument.Statement.Action
	is_string(text)
}

# wildcards holds those that stand for more than one action.
wildcards contains action if {
	some action in actions
	contains(action, "*")
}

wildcards contains action if {
	some action in actions
	contains(action, "?")
}

# hidden holds where actions does not tell everything: a NotAction, or a document that is JSON text.
hidden if {
	input.resource.properties.Policies[_].PolicyDocument.Statement[_].NotAction
}

hidden if {
	input.resource.properties.Policies[_].PolicyDocument.Statement.NotAction
}

hidden if {
	input.resource.properties.PolicyDocument.Statement[_].NotAction
}

hidden if input.resource.properties.PolicyDocument.Statement.NotAction

hidden if {
	some i
	input.resource.properties.Policies[i].PolicyName
	not inline_statements(i)
}

hidden if {
	not input.resource.type in {"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"}
	not statements
}

# Every statement has an Effect.
inline_statements(i) if {
	input.resource.properties.Policies[i].PolicyDocument.Statement[_].Effect
}

inline_statements(i) if input.resource.properties.Policies[i].PolicyDocument.Statement.Effect

statements if {
	input.resource.properties.PolicyDocument.Statement[_].Effect
}

statements if input.resource.properties.PolicyDocument.Statement.Effect

# excepting holds where a statement has a NotResource.
excepting if {
	input.resource.properties.Policies[_].PolicyDocument.Statement[_].NotResource
}

excepting if {
	input.resource.properties.Policies[_].PolicyDocument.Statement.NotResource
}

excepting if {
	input.resource.properties.PolicyDocument.Statement[_].NotResource
}

excepting if input.resource.properties.PolicyDocument.Statement.NotResource
