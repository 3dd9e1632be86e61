# METADATA
# description: >-
#   The actions that the policies of an IAM resource name, read without the rest of the documents. A
#   rule that is about actions first can say so in its document relevant: what the resources and
#   conditions of a policy are matters only where an action does.
package guardhook.lib.policies

import data.guardhook.lib.iam

# actions holds every text of an Action element, in lower case.
actions contains lower(text) if {
	some i, j
	some text in iam.texts(input.resource.properties.Policies[i].PolicyDocument.Statement[j].Action)
}

actions contains lower(text) if {
	some i
	some text in iam.texts(input.resource.properties.Policies[i].PolicyDocument.Statement.Action)
}

actions contains lower(text) if {
	some i
	some text in iam.texts(input.resource.properties.PolicyDocument.Statement[i].Action)
}

actions contains lower(text) if {
	some text in iam.texts(input.resource.properties.PolicyDocument.Statement.Action)
}

# hidden holds where actions does not tell everything: a NotAction, or a document that is JSON text.
hidden if {
	some i, j
	input.resource.properties.Policies[i].PolicyDocument.Statement[j].NotAction
}

hidden if {
	some i
	input.resource.properties.Policies[i].PolicyDocument.Statement.NotAction
}

hidden if {
	some i
	input.resource.properties.PolicyDocument.Statement[i].NotAction
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
	some j
	input.resource.properties.Policies[i].PolicyDocument.Statement[j].Effect
}

inline_statements(i) if input.resource.properties.Policies[i].PolicyDocument.Statement.Effect

statements if {
	some i
	input.resource.properties.PolicyDocument.Statement[i].Effect
}

statements if input.resource.properties.PolicyDocument.Statement.Effect
