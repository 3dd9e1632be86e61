package sam

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// The logical ids of the APIs that events without one are part of.
const (
	implicitREST = "ServerlessRestApi"
	implicitHTTP = "ServerlessHttpApi"
)

const apiEventKnown = `Path Method RestApiId Stage Auth RequestModel RequestParameters TimeoutInMillis ResponseTransferMode
	UnescapeMappingTemplate`

// api is an API with what events add to it.
type api struct {
	res *template.Resource
	// implicit APIs exist while an event needs them: conditions are those of
	// the resources with such events.
	implicit   bool
	conditions []string
	// routes are the settings that events give to routes.
	routes map[string]prop
	// defaults are the functions that take every request of an HTTP API.
	defaults map[string]bool
}

// collectAPIs finds the APIs of the template and those that events make.
func (x *expander) collectAPIs() {
	for _, r := range x.in.Resources {
		if r.Type == typePrefix+"Api" || r.Type == typePrefix+"HttpApi" {
			x.apis[r.ID] = newAPI(r)
		}
	}
	for _, r := range x.in.Resources {
		if r.Type != typePrefix+"Function" && r.Type != typePrefix+"StateMachine" {
			continue
		}
		s := x.source(r)
		s.get("Events").entries(func(_ string, value prop) {
			x.collectEvent(s, value.get("Type").text(), value)
		})
	}
}

func newAPI(r *template.Resource) *api {
	return &api{res: r, routes: map[string]prop{}, defaults: map[string]bool{}}
}

// collectEvent notes that an event needs an implicit API, and the settings of
// its route.
func (x *expander) collectEvent(s *source, kind string, value prop) {
	props := value.get("Properties")
	id, given := "", prop{}
	switch kind {
	case "Api":
		id, given = implicitREST, props.get("RestApiId")
	case "HttpApi":
		id, given = implicitHTTP, props.get("ApiId")
	default:
		return
	}
	if given.present() {
		id = apiID(given)
	} else {
		x.implicitAPI(id, kind, s, value.at)
	}
	if route := props.get("RouteSettings"); route.present() && x.apis[id] != nil {
		if s.res.Condition != "" {
			route = prop{route.at, choose(route.at, s.res.Condition, route, nil)}
		}
		x.apis[id].routes[routeKey(props)] = route
	}
}

// apiID is the logical id in RestApiId or ApiId, or "".
func apiID(p prop) string {
	if id, ok := refName(p.node); ok {
		return id
	}
	return p.text()
}

func routeKey(props prop) string {
	path, method := httpRoute(props)
	if method == anyMethod {
		return path
	}
	return strings.ToUpper(method) + " " + path
}

func (x *expander) implicitAPI(id, kind string, s *source, pos template.Pos) {
	a := x.apis[id]
	if a == nil {
		props := object{}
		if kind == "Api" {
			props["StageName"] = "Prod"
		}
		a = newAPI(&template.Resource{ID: id, Type: typePrefix + kind, Pos: pos, TypePos: pos, Properties: build(pos, props)})
		a.implicit = true
		x.apis[id] = a
	}
	if a.implicit {
		a.tag(s)
		a.conditions = append(a.conditions, s.res.Condition)
		a.res.DeletionPolicy = stronger(a.res.DeletionPolicy, s.res.DeletionPolicy, "Retain", "Delete")
		a.res.UpdateReplacePolicy = stronger(a.res.UpdateReplacePolicy, s.res.UpdateReplacePolicy, "Retain", "Snapshot", "Delete")
	}
}

// tag gives an implicit API the tags that a resource propagates: its own, or
// else those of Globals.
func (a *api) tag(s *source) {
	tags := prop{s.res.Pos, s.res.Properties}.get("Tags")
	if !tags.truthy() {
		tags = s.get("Tags")
	}
	if !s.get("PropagateTags").truthy() || !tags.isMap() {
		return
	}
	all := prop{a.res.Pos, a.res.Properties}
	own := prop{tags.at, buildMap(tags.at, object{"Tags": tags, "PropagateTags": true})}
	a.res.Properties = merge(all, own, "").node
}

// stronger returns the policy that comes first in an order.
func stronger(a, b *template.Node, order ...string) *template.Node {
	rank := func(n *template.Node) int {
		if n == nil || !slices.Contains(order, n.Text) {
			return len(order)
		}
		return slices.Index(order, n.Text)
	}
	if rank(b) < rank(a) {
		return b
	}
	return a
}

// implicitAPIs expands the APIs that events make.
func (x *expander) implicitAPIs() {
	for _, id := range []string{implicitREST, implicitHTTP} {
		a := x.apis[id]
		if a == nil || !a.implicit {
			continue
		}
		a.res.Condition = x.any(id+"Condition", a.conditions, a.res.Pos)
		x.expand(x.source(a.res), expansions[a.res.Type])
	}
}

// pathVariable is a variable in a path. Only that of a REST API may take more
// than one segment under any name.
var (
	restVariable = regexp.MustCompile(`\{[a-zA-Z0-9._-]+\+?\}`)
	httpVariable = regexp.MustCompile(`\{([a-zA-Z0-9._-]+|proxy\+)\}`)
)

// permitted is a path as an ARN has it: variables are wildcards.
func permitted(path string, variable *regexp.Regexp) string {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return variable.ReplaceAllString(path, "*")
}

// restAPI expands an Api event of a function.
func (e *event) restAPI() {
	api, id := any(ref(e.at, implicitREST)), implicitREST
	if given := e.get("RestApiId"); given.present() {
		api, id = given, apiID(given)
	}
	r := e.in.Resource(id)
	if a := e.apis[id]; a != nil {
		r = a.res
	}
	if r == nil {
		e.gap(e.at, "event %s: RestApiId is no reference to an API of the template", e.name)
		return
	}
	stage := prop{r.Pos, r.Properties}.get("StageName").text()
	if stage == "" {
		stage = "Stage"
	}
	method := strings.ToUpper(e.get("Method").text())
	if method == "ANY" {
		method = "*"
	}
	suffix := stage
	if !alphanumeric(stage) {
		suffix = hash(stage)
	}
	text := e.arn("execute-api", "${__ApiId__}/${__Stage__}/"+method+permitted(e.get("Path").text(), restVariable))
	e.permission("apigateway.amazonaws.com", suffix, object{
		"SourceArn": sub(e.at, text, object{"__ApiId__": api, "__Stage__": "*"}),
	})
}

const (
	anyMethod   = "x-amazon-apigateway-any-method"
	defaultPath = "$default"
)

// httpRoute is the path and method of an HttpApi event; every request when it
// has none.
func httpRoute(props prop) (path, method string) {
	path, method = props.get("Path").text(), props.get("Method").text()
	if path == "" && method == "" {
		return defaultPath, anyMethod
	}
	return path, method
}

// httpAPI expands an HttpApi event.
func (e *event) httpAPI() {
	id, api := implicitHTTP, any(ref(e.at, implicitHTTP))
	if given := e.get("ApiId"); given.present() {
		id, api = apiID(given), given
	}
	a := e.apis[id]
	if a == nil {
		e.gap(e.at, "event %s: ApiId is no reference to an HTTP API of the template", e.name)
		return
	}
	path, method := httpRoute(e.props)
	if path == defaultPath {
		path = ""
		if method == anyMethod {
			a.defaults[e.functionID()] = true
		}
	} else if a.defaults[e.functionID()] {
		return
	}
	path = permitted(path, httpVariable)
	verb := strings.ToUpper(method)
	if strings.EqualFold(method, "any") || method == anyMethod {
		verb = "*"
	}
	text := "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/" + verb + path
	e.permission("apigateway.amazonaws.com", "", object{
		"SourceArn": sub(e.at, text, object{"__ApiId__": api, "__Stage__": "*"}),
	})
}
