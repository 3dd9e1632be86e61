package sam

import (
	"maps"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// publish adds the version and the alias of AutoPublishAlias.
func (f *functionExpansion) publish() {
	alias, name := f.publishedAlias()
	if name == "" {
		return
	}
	f.aliasName = name
	version := f.add(f.res.ID+"Version"+f.versionHash(), "AWS::Lambda::Version", alias.at, object{
		"FunctionName": ref(alias.at, f.res.ID),
		"Description":  f.get("VersionDescription"),
	})
	if f.get("CapacityProviderConfig").present() {
		version.props["FunctionScalingConfig"] = f.get("FunctionScalingConfig")
	}
	if version.deletion == nil {
		version.deletion = f.versionDeletion(alias.at)
	}
	f.alias = f.add(f.res.ID+"Alias"+strings.NewReplacer("-", "D", "_", "U").Replace(name), "AWS::Lambda::Alias", alias.at, object{
		"Name":                         prop{alias.at, build(alias.at, name)},
		"FunctionName":                 ref(alias.at, f.res.ID),
		"FunctionVersion":              getAtt(alias.at, version.id, "Version"),
		"ProvisionedConcurrencyConfig": f.get("ProvisionedConcurrencyConfig").orAbsent(),
	})
	f.refs[reference{f.res.ID, "Version"}] = version.id
	f.refs[reference{f.res.ID, "Alias"}] = f.alias.id
	f.target = refTarget(f.alias.id)
	f.deploymentPreference()
}

// publishedAlias is AutoPublishAlias with its value, or "" when there is none.
func (s *source) publishedAlias() (prop, string) {
	alias := s.get("AutoPublishAlias")
	name, ok := s.value(alias)
	if alias.truthy() && !ok {
		s.gap(alias.at, "the value of AutoPublishAlias is not known")
	}
	return alias, name
}

func (f *functionExpansion) versionDeletion(pos template.Pos) *template.Node {
	if policy := f.get("VersionDeletionPolicy"); policy.present() {
		return policy.node
	}
	if f.get("CapacityProviderConfig").present() {
		return build(pos, "Delete")
	}
	return build(pos, "Retain")
}

// versionHash ends the logical id of a version: a hash over the location of the
// code and what else makes a new version. It is empty when the code is a local
// path.
func (f *functionExpansion) versionHash() string {
	if sum, ok := f.value(f.get("AutoPublishCodeSha256")); ok {
		return sum[:min(len(sum), hashDigits)]
	}
	code := f.code()
	if len(code) == 0 {
		return ""
	}
	if f.get("AutoPublishAliasAllProperties").truthy() {
		return ""
	}
	data, _ := f.plain(build(f.res.Pos, code)).(object)
	if environment, ok := template.LongForm(f.get("Environment").node, nil).(object); ok {
		maps.Copy(data, environment)
	}
	if memory := f.get("MemorySize"); memory.truthy() {
		data["MemorySize"] = template.LongForm(memory.node, nil)
	}
	if apply := f.get("SnapStart").get("ApplyOn"); apply.present() && !apply.is("None") {
		data["SnapStart"] = template.LongForm(f.get("SnapStart").node, nil)
	}
	return hash(compactJSON(data))
}

// deployment is a function that CodeDeploy deploys.
type deployment struct {
	*functionExpansion
	preference prop
}

// codeDeployApplication and codeDeployRole are the logical ids of what all
// gradual deployments share.
const (
	codeDeployApplication = "ServerlessDeploymentApplication"
	codeDeployRole        = "CodeDeployServiceRole"
	codeDeployCondition   = "ServerlessCodeDeployCondition"
)

// deploymentPreference adds the update policy of the alias, and notes that the
// function has a deployment group.
func (f *functionExpansion) deploymentPreference() {
	p := f.config("DeploymentPreference")
	if !p.present() {
		return
	}
	if enabled := p.get("Enabled"); enabled.present() {
		on, ok := f.value(enabled)
		if !ok {
			f.gap(enabled.at, "the value of DeploymentPreference.Enabled is not known")
			return
		}
		if strings.EqualFold(on, "false") {
			return
		}
	}
	hooks := f.mapOf(p, "DeploymentPreference.", "Hooks")
	f.alias.onUpdate = build(p.at, object{"CodeDeployLambdaAliasUpdate": object{
		"ApplicationName":        ref(p.at, codeDeployApplication),
		"DeploymentGroupName":    ref(p.at, f.res.ID+"DeploymentGroup"),
		"BeforeAllowTrafficHook": hooks.get("PreTraffic"),
		"AfterAllowTrafficHook":  hooks.get("PostTraffic"),
	}})
	f.deployments = append(f.deployments, deployment{f, p})
}

// passesCondition reports whether the deployment group has the condition of its
// function.
func (d deployment) passesCondition() bool {
	p := d.preference.get("PassthroughCondition")
	on, _ := d.value(p)
	return strings.EqualFold(on, "true")
}

// deploymentApplication adds what gradual deployments share, and their groups.
func (x *expander) deploymentApplication() {
	if len(x.deployments) == 0 {
		return
	}
	pos := x.deployments[0].preference.at
	var conditions []string
	ownRoles := true
	tags := &template.Node{Kind: template.Map, Pos: pos, Pure: true}
	for _, d := range x.deployments {
		if d.propagates() {
			tags = merge(prop{pos, tags}, d.get("Tags"), "").node
		}
		ownRoles = ownRoles && d.preference.get("Role").truthy()
		if d.passesCondition() {
			conditions = append(conditions, d.res.Condition)
		} else {
			conditions = append(conditions, "")
		}
	}
	condition := x.any(codeDeployCondition, conditions, pos)
	x.emit(&draft{
		id: codeDeployApplication, typ: "AWS::CodeDeploy::Application", pos: pos, condition: condition,
		props: object{"ComputePlatform": "Lambda", "Tags": tagItems(nil, prop{pos, tags})},
	})
	if !ownRoles {
		x.emit(&draft{id: codeDeployRole, typ: iamRole, pos: pos, condition: condition, props: object{
			"AssumeRolePolicyDocument": trust("codedeploy.amazonaws.com"),
			"ManagedPolicyArns":        list{x.awsPolicy("service-role/AWSCodeDeployRoleForLambda")},
			"Tags":                     tagItems(nil, prop{pos, tags}),
		}})
	}
	for _, d := range x.deployments {
		d.group()
	}
}

// group adds the deployment group of a function.
func (d deployment) group() {
	p := d.preference
	role := any(getAtt(p.at, codeDeployRole, "Arn"))
	if own := p.get("Role"); own.truthy() {
		role = own
	}
	group := d.add(d.res.ID+"DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup", p.at, object{
		"ApplicationName": ref(p.at, codeDeployApplication),
		"AutoRollbackConfiguration": object{
			"Enabled": true,
			"Events":  list{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"},
		},
		"AlarmConfiguration":    d.alarms(p.get("Alarms")),
		"DeploymentConfigName":  d.deploymentType(p.get("Type")),
		"DeploymentStyle":       object{"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
		"ServiceRoleArn":        role,
		"TriggerConfigurations": p.get("TriggerConfigurations").orAbsent(),
	})
	group.deletion, group.replace = nil, nil
	if d.propagates() {
		group.props["Tags"] = d.tagged(nil)
	}
	if !d.passesCondition() {
		group.condition = ""
	}
}

// alarms makes the alarm configuration of a list of alarms, or of a choice
// between two.
func (d deployment) alarms(p prop) any {
	switch {
	case !p.truthy() || isNoValue(p.node):
		return nil
	case isCall(p.node, fnIf):
		yes, no := prop{p.at, p.node.Items[1]}, prop{p.at, p.node.Items[2]}
		return prop{p.at, choose(p.at, p.node.Items[0].Text, d.alarmList(yes), d.alarmList(no))}
	}
	return d.alarmList(p)
}

func (d deployment) alarmList(p prop) any {
	alarms := list{}
	for _, alarm := range p.elements() {
		if isNoValue(alarm.node) {
			return object{}
		}
		alarms = append(alarms, object{"Name": alarm})
	}
	if len(alarms) == 0 {
		return object{}
	}
	return object{"Enabled": true, "Alarms": alarms}
}

// predefinedDeployments are the names that CodeDeploy's own configurations
// have, less their prefix.
var predefinedDeployments = names(`Canary10Percent5Minutes Canary10Percent10Minutes Canary10Percent15Minutes
	Canary10Percent30Minutes Linear10PercentEvery1Minute Linear10PercentEvery2Minutes Linear10PercentEvery3Minutes
	Linear10PercentEvery10Minutes AllAtOnce`)

// deploymentType is the name of a configuration, one of CodeDeploy's own in
// full; in each branch if Fn::If gives it.
func (d deployment) deploymentType(p prop) any {
	if isCall(p.node, fnIf) {
		yes, no := prop{p.at, p.node.Items[1]}, prop{p.at, p.node.Items[2]}
		return prop{p.at, choose(p.at, p.node.Items[0].Text, d.deploymentType(yes), d.deploymentType(no))}
	}
	name, ok := d.value(p)
	if !ok || !predefinedDeployments[name] {
		return p
	}
	return prop{p.at, sub(p.at, "CodeDeployDefault.Lambda${ConfigName}", object{"ConfigName": name})}
}
