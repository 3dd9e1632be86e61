# METADATA
# description: Places in a resource policy that let anyone in.
package guardhook.lib.exposure

import data.guardhook.lib.iam

# places(path, document) is the set of places of the principals of public statements. path is the
# place of the document, an object or its JSON text.
places(path, document) := {place |
	some statement in iam.statements(path, document)
	iam.public_statement(statement.body)
	place := iam.place(statement, [element(statement.body)])
}

element(body) := "Principal" if body.Principal

element(body) := "NotPrincipal" if not body.Principal
