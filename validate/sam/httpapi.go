package sam

import (
	"maps"
	"slices"

	"github.com/fsxns3ap/guardhook/validate/template"
)

var httpKnown = names(`Name StageName Tags PropagateTags DefinitionBody DefinitionUri StageVariables
		CorsConfiguration AccessLogSettings DefaultRouteSettings Auth RouteSettings Domain FailOnWarnings Description
		DisableExecuteApiEndpoint`)

// httpAPI expands AWS::Serverless::HttpApi: the API, its stage and domain, and
// the permissions that Auth asks for.
func (s *source) httpAPI() {
	s.known(s.props, "", httpKnown)
	props := object{"FailOnWarnings": s.get("FailOnWarnings").orAbsent()}
	uri := s.get("DefinitionUri")
	if uri.truthy() {
		if location := s3Location(uri, "Bucket", "Key", "Version"); len(location) > 0 {
			props["BodyS3Location"] = prop{uri.at, build(uri.at, location)}
		}
	} else {
		props["Body"] = s.get("DefinitionBody").orAbsent()
	}
	s.document()
	s.primary("AWS::ApiGatewayV2::Api", props)
	// Tags are written to the document, if that is one.
	body := s.get("DefinitionBody")
	tagged := !uri.truthy() && (!body.truthy() || body.get("openapi").present())
	stage := s.httpStage(tagged)
	s.refs[reference{s.res.ID, "Stage"}] = stage.id
	s.authorizers("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*", func(p prop) bool {
		return p.get("EnableFunctionDefaultPermissions").truthy()
	})
	s.httpDomain(tagged)
}

func (s *source) httpStage(tagged bool) *draft {
	props := s.pass("StageVariables", "AccessLogSettings", "DefaultRouteSettings")
	props["ApiId"], props["AutoDeploy"] = ref(s.res.Pos, s.res.ID), true
	props["RouteSettings"] = s.routeSettings()
	if tagged {
		props["Tags"] = s.httpTags()
	}
	id := s.res.ID + "ApiGatewayDefaultStage"
	props["StageName"] = defaultPath
	if name := s.get("StageName"); name.truthy() && !name.is(defaultPath) {
		id, props["StageName"] = s.stageID(), name
	}
	return s.add(id, "AWS::ApiGatewayV2::Stage", s.res.Pos, props)
}

// httpTags are the tags of what an HTTP API generates: a map.
func (s *source) httpTags() prop {
	tags := object{"httpapi:createdBy": "SAM"}
	s.get("Tags").entries(func(name string, value prop) { tags[name] = value })
	return prop{s.tagsPos(), build(s.tagsPos(), tags)}
}

// routeSettings are the settings of the API's routes with those that events
// give.
func (s *source) routeSettings() prop {
	p := s.get("RouteSettings")
	a := s.apis[s.res.ID]
	if a == nil || len(a.routes) == 0 {
		return p
	}
	added := &template.Node{Kind: template.Map, Pos: s.res.Pos, Pure: true}
	for _, route := range slices.Sorted(maps.Keys(a.routes)) {
		set(added, route, a.routes[route])
	}
	events := prop{s.res.Pos, added}
	if !p.isMap() {
		return events
	}
	return merge(p, events, "")
}
