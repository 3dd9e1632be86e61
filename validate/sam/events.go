package sam

import (
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// event is an entry of Events.
type event struct {
	*source
	// id is the logical id that what it generates begins with; name is the
	// entry's.
	id, name string
	// at is the place of the entry, props are its properties.
	at     template.Pos
	kind   string
	props  prop
	target target
	// role is the role of the function, which some events extend. It is nil
	// for a state machine.
	role *draft
}

// eventKind is what an event source makes of an event.
type eventKind struct {
	// known are the properties that the event has.
	known  map[string]bool
	expand func(*event)
}

// functionEvents are the event sources of a function, machineEvents those of a
// state machine.
var (
	functionEvents = makeFunctionEvents()
	machineEvents  = map[string]eventKind{
		"Schedule":        {names(scheduleKnown), (*event).schedule},
		"ScheduleV2":      {names(schedulerKnown), (*event).scheduler},
		"CloudWatchEvent": {names(ruleKnown), (*event).rule},
		"EventBridgeRule": {names(ruleKnown), (*event).rule},
		"Api":             {names(apiEventKnown), (*event).startAPI},
	}
)

func makeFunctionEvents() map[string]eventKind {
	kinds := map[string]eventKind{
		"Api":             {names(apiEventKnown), (*event).restAPI},
		"HttpApi":         {names(`Path Method ApiId Stage Auth TimeoutInMillis RouteSettings PayloadFormatVersion`), (*event).httpAPI},
		"S3":              {names(`Bucket Events Filter`), (*event).bucket},
		"SNS":             {names(`Topic Region FilterPolicy FilterPolicyScope SqsSubscription RedrivePolicy`), (*event).topic},
		"Schedule":        {names(scheduleKnown), (*event).schedule},
		"ScheduleV2":      {names(schedulerKnown), (*event).scheduler},
		"CloudWatchEvent": {names(ruleKnown), (*event).rule},
		"EventBridgeRule": {names(ruleKnown), (*event).rule},
		"CloudWatchLogs":  {names(`LogGroupName FilterPattern`), (*event).logs},
		"IoTRule":         {names(`Sql AwsIotSqlVersion`), (*event).iot},
		"AlexaSkill":      {names(`SkillId`), (*event).alexa},
		"Cognito":         {names(`UserPool Trigger`), (*event).userPool},
	}
	for name, own := range pullKnown {
		kinds[name] = eventKind{names(pullPassed + own), (*event).mapping}
	}
	return kinds
}

// events expands the events of a function, those for the default path of an
// HTTP API first.
func (f *functionExpansion) events() {
	entries := f.eventEntries()
	slices.SortStableFunc(entries, func(a, b *event) int { return strings.Compare(a.order(), b.order()) })
	for _, e := range entries {
		e.target, e.role = f.target, f.role
		e.expandAs(functionEvents)
	}
}

// order is what events are sorted by: their path, or their name.
func (e *event) order() string {
	if e.kind == "HttpApi" {
		path, _ := httpRoute(e.props)
		return path
	}
	if path := e.props.get("Path"); path.present() {
		return path.text()
	}
	return e.name
}

// eventEntries are the entries of Events.
func (s *source) eventEntries() []*event {
	p := s.get("Events")
	if p.present() && !p.isMap() {
		s.gap(p.at, "Events is given by a function")
	}
	var out []*event
	p.entries(func(name string, value prop) {
		e := &event{
			source: s, id: s.res.ID + name, name: name, at: value.at,
			kind: value.get("Type").text(), props: value.get("Properties"),
		}
		if e.props.present() && !e.props.isMap() {
			s.gap(value.at, "the properties of the event %s are given by a function", name)
			return
		}
		out = append(out, e)
	})
	return out
}

func (e *event) expandAs(kinds map[string]eventKind) {
	kind, ok := kinds[e.kind]
	if !ok {
		e.gap(e.at, "the event %s of type %q is not expanded", e.name, e.kind)
		return
	}
	e.known(e.props, "event "+e.name+": ", kind.known)
	kind.expand(e)
}

func (e *event) get(name string) prop { return e.props.get(name) }

// permission adds the permission for a service to invoke the function. suffix
// ends its logical id.
func (e *event) permission(service, suffix string, more object) *draft {
	return e.permissionFor(e.id+"Permission"+suffix, service, more)
}

func (e *event) permissionFor(id, service string, more object) *draft {
	props := object{"Action": "lambda:InvokeFunction", "FunctionName": e.target.name(e.at), "Principal": service}
	for name, value := range more {
		props[name] = value
	}
	return e.add(id, lambdaPermission, e.at, props)
}

// arn is the text of an ARN in the stack's Region and account.
func (x *expander) arn(service, resource string) string {
	return "arn:" + x.partition() + ":" + service + ":${AWS::Region}:${AWS::AccountId}:" + resource
}
