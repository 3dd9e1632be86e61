package sam

import (
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// globalProperties are the properties that Globals can set, by resource type.
// Source: the Globals section of the AWS SAM specification.
var globalProperties = map[string]map[string]bool{
	"Function": names(`Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig Environment Tags
		PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers DeploymentPreference RolePath
		PermissionsBoundary ReservedConcurrentExecutions ProvisionedConcurrencyConfig AssumeRolePolicyDocument
		EventInvokeConfig FileSystemConfigs CodeSigningConfigArn Architectures SnapStart EphemeralStorage FunctionUrlConfig
		RuntimeManagementConfig LoggingConfig RecursiveLoop SourceKMSKeyArn TenancyConfig DurableConfig
		CapacityProviderConfig FunctionScalingConfig PublishToLatestPublished VersionDeletionPolicy`),
	"Api": names(`Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables
		EndpointConfiguration MethodSettings BinaryMediaTypes MinimumCompressionSize Cors GatewayResponses AccessLogSetting
		CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags SecurityPolicy EndpointAccessMode`),
	"HttpApi": names(`Auth AccessLogSettings StageVariables Tags CorsConfiguration DefaultRouteSettings Domain
		RouteSettings FailOnWarnings PropagateTags`),
	"SimpleTable":  names(`SSESpecification`),
	"StateMachine": names(`PropagateTags`),
	"LayerVersion": names(`PublishLambdaVersion`),
}

// replaced are the properties of which a local value replaces the global one,
// where others are merged.
var replaced = names(`Function.Architectures`)

// checkGlobals records a gap for each part of Globals that is not expanded.
func (x *expander) checkGlobals() {
	prop{node: x.in.Globals}.entries(func(kind string, section prop) {
		known := globalProperties[kind]
		if known == nil || !section.isMap() {
			x.globalGap(kind, kind, section.at)
			return
		}
		section.entries(func(name string, value prop) {
			if !known[name] {
				x.globalGap(kind, kind+"."+name, value.at)
			}
		})
	})
}

func (x *expander) globalGap(kind, name string, pos template.Pos) {
	x.gaps = append(x.gaps, Gap{Resource: "Globals", Type: typePrefix + kind, Pos: pos, Reason: "Globals." + name + " is not expanded"})
}

// withGlobals returns the properties of a resource with those of Globals.
func (x *expander) withGlobals(r *template.Resource, local prop) prop {
	kind := strings.TrimPrefix(r.Type, typePrefix)
	all := prop{node: x.in.Globals}.get(kind)
	if !all.isMap() || local.present() && !local.isMap() {
		return local
	}
	ignored := prop{node: r.Node}.get("IgnoreGlobals")
	if ignored.is("*") {
		return local
	}
	if x.merged += cost(all, local); x.merged > template.MaxNodes {
		x.gaps = append(x.gaps, Gap{
			Resource: r.ID, Type: r.Type, Pos: r.Pos,
			Reason: "Globals are not applied: the template has more values with them than a template may have",
		})
		return local
	}
	out := &template.Node{Kind: template.Map, Pos: local.at, Pure: true}
	all.entries(func(name string, value prop) {
		ignore := slices.ContainsFunc(ignored.elements(), func(p prop) bool { return p.text() == name })
		switch {
		case ignore || !globalProperties[kind][name]:
		case local.get(name).present():
			set(out, name, merge(value, local.get(name), kind+"."+name))
		default:
			set(out, name, value)
		}
	})
	merged := prop{local.at, out}.index()
	local.entries(func(name string, value prop) {
		if _, ok := merged[name]; !ok {
			set(out, name, value)
		}
	})
	return prop{local.at, out}
}

// cost is how many values it takes to merge two.
func cost(global, local prop) int {
	if !local.present() || global.node.Kind != local.node.Kind {
		return 1
	}
	n, own := len(global.node.Items)+len(local.node.Items), local.index()
	global.entries(func(name string, value prop) { n += cost(value, own[name]) })
	return n
}

// set adds an entry to a map that is being built.
func set(n *template.Node, name string, value prop) {
	n.Keys = append(n.Keys, template.Key{Name: name, Pos: value.at})
	add(n, value.node)
}

// merge merges a global and a local value: maps by key, lists one after the
// other; of anything else, functions included, the local value counts.
func merge(global, local prop, path string) prop {
	if replaced[path] || global.node.Kind != local.node.Kind {
		return local
	}
	switch local.node.Kind {
	case template.List:
		out := &template.Node{Kind: template.List, Pos: local.node.Pos, Pure: true}
		for _, item := range slices.Concat(global.node.Items, local.node.Items) {
			add(out, item)
		}
		return prop{local.at, out}
	case template.Map:
		out := &template.Node{Kind: template.Map, Pos: local.node.Pos, Pure: true}
		globals, locals := global.index(), local.index()
		global.entries(func(name string, value prop) {
			if own, ok := locals[name]; ok {
				value = merge(value, own, path+"."+name)
			}
			set(out, name, value)
		})
		local.entries(func(name string, value prop) {
			if _, ok := globals[name]; !ok {
				set(out, name, value)
			}
		})
		return prop{local.at, out}
	}
	return local
}
