package sam

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

var machineKnown = names(`Definition DefinitionUri Logging Role RolePath DefinitionSubstitutions Events Name Type Tags
	PropagateTags Policies Tracing PermissionsBoundary AutoPublishAlias DeploymentPreference UseAliasAsEventTarget`)

// stateMachine expands AWS::Serverless::StateMachine.
func (s *source) stateMachine() {
	s.known(s.props, "", machineKnown)
	props := object{
		"StateMachineName": s.get("Name"), "StateMachineType": s.get("Type"),
		"LoggingConfiguration": s.get("Logging"), "TracingConfiguration": s.get("Tracing"),
		"Tags": s.tagged(list{object{"Key": "stateMachine:createdBy", "Value": "SAM"}}),
	}
	s.definition(props)
	machine := s.primary("AWS::StepFunctions::StateMachine", props)
	if role := s.get("Role"); role.truthy() {
		machine.props["RoleArn"] = role
	} else {
		generated := s.stateMachineRole(props["Tags"])
		machine.props["RoleArn"] = getAtt(s.res.Pos, generated.id, "Arn")
		s.emit(generated)
	}
	s.publishStateMachine()
	s.stateMachineEvents()
}

func (s *source) stateMachineRole(tags any) *draft {
	policies := s.get("Policies").elements()
	if s.get("Tracing").get("Enabled").is("true") {
		at := s.get("Tracing").at
		policies = append(policies, prop{at, build(at, s.tracingPolicy())})
	}
	role := s.role(trust("states.amazonaws.com"), nil, nil, policies)
	role.props["Tags"] = tags
	return role
}

// definition sets what the state machine does: the text of Definition, in which
// functions are replaced by substitutions, or the location of a file.
func (s *source) definition(props object) {
	substitutions := s.get("DefinitionSubstitutions")
	if substitutions.truthy() {
		props["DefinitionSubstitutions"] = substitutions
	}
	if uri := s.get("DefinitionUri"); uri.truthy() {
		location := s3Location(uri, "Bucket", "Key", "Version")
		if len(location) == 0 {
			s.note(uri.at, "the definition of the state machine %s is a file, which is not read", s.res.ID)
			return
		}
		props["DefinitionS3Location"] = prop{uri.at, build(uri.at, location)}
		return
	}
	p := s.get("Definition")
	if !p.truthy() {
		s.gap(s.res.Pos, "the state machine has neither Definition nor DefinitionUri")
		return
	}
	if !p.isMap() || substitutions.truthy() && !substitutions.isMap() {
		s.gap(p.at, "Definition or DefinitionSubstitutions is given by a function")
		return
	}
	d := definition{values: map[string]prop{}}
	props["DefinitionString"] = prop{p.at, build(p.at, asciiJSON(d.text(p.node), "    "))}
	if len(d.values) == 0 {
		return
	}
	all := &template.Node{Kind: template.Map, Pos: p.at, Pure: true}
	substitutions.entries(func(name string, value prop) { set(all, name, value) })
	for _, name := range slices.Sorted(maps.Keys(d.values)) {
		set(all, name, d.values[name])
	}
	props["DefinitionSubstitutions"] = prop{p.at, all}
}

// definition collects the functions of a definition.
type definition struct {
	values map[string]prop
}

// text returns a value with its functions and dynamic references replaced by
// the names of substitutions.
func (d *definition) text(n *template.Node) any {
	switch n.Kind {
	case template.Null:
		return nil
	case template.Bool:
		return n.Text == "true"
	case template.Number:
		return json.Number(n.Text)
	case template.String:
		if strings.HasPrefix(n.Text, "{{resolve:") {
			return d.substitute(n)
		}
		return n.Text
	case template.List:
		out := make(list, len(n.Items))
		for i, item := range n.Items {
			out[i] = d.text(item)
		}
		return out
	case template.Map:
		values := make(map[string]*template.Node, len(n.Keys))
		for i, key := range n.Keys {
			values[key.Name] = n.Items[i]
		}
		out := object{}
		// The transform numbers substitutions in the order of sorted keys.
		for _, name := range slices.Sorted(maps.Keys(values)) {
			out[name] = d.text(values[name])
		}
		return out
	}
	return d.substitute(n)
}

func (d *definition) substitute(n *template.Node) string {
	name := "definition_substitution_" + strconv.Itoa(len(d.values)+1)
	d.values[name] = prop{n.Pos, n}
	return "${" + name + "}"
}

// publishStateMachine adds the version and the alias of AutoPublishAlias.
func (s *source) publishStateMachine() {
	alias, name := s.publishedAlias()
	if name == "" {
		return
	}
	version := s.add(s.res.ID+"Version", "AWS::StepFunctions::StateMachineVersion", alias.at, object{
		"StateMachineArn":        ref(alias.at, s.res.ID),
		"StateMachineRevisionId": getAtt(alias.at, s.res.ID, "StateMachineRevisionId"),
	})
	for _, policy := range []**template.Node{&version.deletion, &version.replace} {
		if *policy == nil {
			*policy = build(alias.at, "Retain")
		}
	}
	preference := object{"Type": "ALL_AT_ONCE"}
	if p := s.mapOf(s.props, "", "DeploymentPreference"); p.present() {
		preference = object{}
		p.entries(func(name string, value prop) { preference[name] = value })
	}
	preference["StateMachineVersionArn"] = ref(alias.at, version.id)
	s.add(s.res.ID+"Alias"+name, "AWS::StepFunctions::StateMachineAlias", alias.at, object{
		"Name": alias, "DeploymentPreference": preference,
	})
}

func (s *source) stateMachineEvents() {
	target := refTarget(s.res.ID)
	if name, ok := s.value(s.get("AutoPublishAlias")); ok && s.get("UseAliasAsEventTarget").is("true") {
		target = refTarget(s.res.ID + "Alias" + name)
	}
	target.start = true
	for _, e := range s.eventEntries() {
		e.target = target
		e.expandAs(machineEvents)
	}
}

// startAPI expands an Api event of a state machine.
func (e *event) startAPI() { e.starter("apigateway.amazonaws.com") }
