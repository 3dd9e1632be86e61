# METADATA
# description: >-
#   Task states of a Step Functions state machine, wherever they are nested. The definition is an
#   object in Definition, or its JSON text in DefinitionString. A definition in S3, and text that is
#   no JSON before its substitutions are made, has no tasks here. Rules that use this package judge
#   literals, since text is parsed.
package guardhook.lib.states

# tasks has one entry per Task state: path of the state (text has no places inside), name, body, and
# whether the state or one around it catches errors.
tasks contains task if {
	definition := input.resource.properties.Definition
	some place in places(definition)
	task := {
		"path": array.concat(["Definition"], place.path),
		"name": place.name, "body": place.body, "caught": place.caught,
	}
}

tasks contains task if {
	json.is_valid(input.resource.properties.DefinitionString)
	definition := json.unmarshal(input.resource.properties.DefinitionString)
	some place in places(definition)
	task := {"path": ["DefinitionString"], "name": place.name, "body": place.body, "caught": place.caught}
}

places(definition) := {place |
	flows := [flow |
		walk(definition, [path, node])
		flow := {"path": path, "states": node.States}
	]
	catching := [array.concat(flow.path, ["States", name]) |
		some flow in flows
		some name, body in flow.states
		count(body.Catch) > 0
	]
	some flow in flows
	some name, body in flow.states
	body.Type == "Task"
	at := array.concat(flow.path, ["States", name])
	place := {
		"path": at, "name": name, "body": body,
		"caught": count([true | some around in catching; startswith_path(at, around)]) > 0,
	}
}

startswith_path(path, start) if array.slice(path, 0, count(start)) == start
