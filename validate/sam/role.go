package sam

import (
	"slices"
	"strconv"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// trust is the document that lets a service take a role.
func trust(service string) object {
	return object{"Version": "2012-10-17", "Statement": list{object{
		"Action": list{"sts:AssumeRole"}, "Effect": "Allow", "Principal": object{"Service": list{service}},
	}}}
}

// inline is an inline policy of a role.
func inline(name string, document any) object {
	return object{"PolicyName": name, "PolicyDocument": document}
}

// allow is a policy document without version, as the transform writes for what
// a role must be able to do.
func allow(statements ...any) object { return object{"Statement": statements} }

func statement(action, resource any) object {
	return object{"Action": action, "Effect": "Allow", "Resource": resource}
}

// executionRole makes the role of a function, which is not added yet. policies
// are more inline policies for it.
func (s *source) executionRole(policies list) *draft {
	basic := "service-role/AWSLambdaBasicExecutionRole"
	if s.get("DurableConfig").truthy() {
		basic = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
	}
	managed := list{s.awsPolicy(basic)}
	if s.traced() {
		managed = append(managed, s.awsPolicy(s.tracingPolicy()))
	}
	if s.get("VpcConfig").truthy() {
		managed = append(managed, s.awsPolicy("service-role/AWSLambdaVPCAccessExecutionRole"))
	}
	var first list
	if q := s.get("DeadLetterQueue"); q.isMap() {
		action := map[string]string{"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}[q.get("Type").text()]
		if action == "" {
			s.gap(q.at, "the Type of DeadLetterQueue is neither SQS nor SNS")
		}
		document := allow(statement(action, q.get("TargetArn")))
		document["Version"] = "2012-10-17"
		first = append(first, inline("DeadLetterQueuePolicy", document))
	}
	document := any(trust("lambda.amazonaws.com"))
	if own := s.get("AssumeRolePolicyDocument"); own.present() {
		document = own
	}
	return s.role(document, managed, append(first, policies...), s.get("Policies").elements())
}

func (x *expander) tracingPolicy() string {
	if x.partition() == "aws" {
		return "AWSXrayWriteOnlyAccess"
	}
	return "AWSXRayDaemonWriteAccess"
}

// role makes the role of a function or a state machine.
func (s *source) role(trust any, managed, policies list, own []prop) *draft {
	id := s.res.ID + "Role"
	pos := s.res.Pos
	if policies := s.get("Policies"); policies.present() {
		pos = policies.at
	}
	p := &rolePolicies{source: s, id: id, managed: placed{at: pos}, inline: placed{at: pos}}
	for _, item := range managed {
		p.managed.add(item)
	}
	for _, item := range policies {
		p.inline.add(item)
	}
	for _, policy := range own {
		p.add(policy)
	}
	return &draft{
		id: id, typ: iamRole, pos: s.res.Pos,
		condition: s.res.Condition, deletion: s.res.DeletionPolicy, replace: s.res.UpdateReplacePolicy,
		props: object{
			"AssumeRolePolicyDocument": trust,
			"ManagedPolicyArns":        p.managed,
			"Policies":                 p.inline,
			"Path":                     s.get("RolePath"),
			"PermissionsBoundary":      s.get("PermissionsBoundary"),
			"Tags":                     s.tagList(),
		},
	}
}

// placed is a list under construction, with the place of its key.
type placed struct {
	at    template.Pos
	items list
	// seen are the texts of the items, of policies those of the documents.
	seen map[string]bool
}

// add adds an item, unless the list has one like it.
func (p *placed) add(item any) {
	key := item
	if policy, ok := item.(object); ok && policy["PolicyDocument"] != nil {
		key = policy["PolicyDocument"]
	}
	text := textOf(key)
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	if !p.seen[text] {
		p.seen[text] = true
		p.items = append(p.items, item)
	}
}

// grow adds an item to a list of a draft, unless it has one like it.
func (d *draft) grow(name string, item any) {
	p, _ := d.props[name].(placed)
	p.add(item)
	d.props[name] = p
}

// attachRole gives the function its role: its own, the generated one, or one of
// the two by a condition.
func (f *functionExpansion) attachRole() {
	own := f.get("Role")
	generated := func() *template.Node { return getAtt(f.res.Pos, f.role.id, "Arn") }
	switch {
	case !own.present() || own.text() == "" && isScalar(own.node):
		f.draft.props["Role"] = generated()
		f.emit(f.role)
	case !isCall(own.node, fnIf):
		f.draft.props["Role"] = own
	case isNoValue(own.node.Items[1]) && isNoValue(own.node.Items[2]):
		f.draft.props["Role"] = generated()
		f.emit(f.role)
	case isNoValue(own.node.Items[1]):
		f.role.condition = own.node.Items[0].Text
		f.draft.props["Role"] = prop{own.at, choose(own.at, f.role.condition, generated(), own.node.Items[2])}
		f.emit(f.role)
	case isNoValue(own.node.Items[2]):
		condition := own.node.Items[0].Text
		f.role.condition = f.not("NOT"+condition, condition, own.at)
		f.draft.props["Role"] = prop{own.at, choose(own.at, condition, own.node.Items[1], generated())}
		f.emit(f.role)
	default:
		f.draft.props["Role"] = own
	}
}

// rolePolicies sorts the entries of Policies into managed and inline ones.
type rolePolicies struct {
	*source
	id              string
	managed, inline placed
	index           int
}

// add takes an entry of Policies: a name or ARN, a document, a policy template,
// or a choice between two.
func (p *rolePolicies) add(policy prop) {
	if isCall(policy.node, fnIf) {
		p.choice(policy)
		return
	}
	if kind, v := p.read(policy); kind == managedPolicy {
		p.managed.add(v)
	} else if kind == inlinePolicy {
		p.inline.items = append(p.inline.items, p.named(v))
	}
	p.index++
}

func (p *rolePolicies) named(document any) object {
	return inline(p.id+"Policy"+strconv.Itoa(p.index), document)
}

// choice takes Fn::If, of which the branches are policies, lists of policies or
// AWS::NoValue.
func (p *rolePolicies) choice(policy prop) {
	condition := policy.node.Items[0].Text
	branches := [2]prop{{policy.at, policy.node.Items[1]}, {policy.at, policy.node.Items[2]}}
	if branches[0].node.Kind == template.List || branches[1].node.Kind == template.List {
		for i, branch := range branches {
			for _, item := range branch.elements() {
				var sides [2]*template.Node
				sides[i], sides[1-i] = item.node, ref(item.at, noValue)
				p.add(prop{item.at, choose(item.at, condition, sides[0], sides[1])})
			}
		}
		return
	}
	var values [2]any
	var kinds [2]policyKind
	for i, branch := range branches {
		kinds[i], values[i] = p.read(branch)
	}
	for _, kind := range []policyKind{managedPolicy, inlinePolicy} {
		if kinds[0] != kind && kinds[1] != kind {
			continue
		}
		sides := [2]any{}
		for i := range sides {
			switch {
			case kinds[i] != kind:
			case kind == inlinePolicy:
				sides[i] = p.named(values[i])
			default:
				sides[i] = values[i]
			}
		}
		v := prop{policy.at, choose(policy.at, condition, sides[0], sides[1])}
		if kind == managedPolicy {
			p.managed.add(v)
		} else {
			p.inline.items = append(p.inline.items, v)
		}
	}
	p.index++
}

// hasDocument reports whether a function gives a map, as nested Fn::If can.
func hasDocument(n *template.Node) bool {
	return isCall(n, fnIf) && slices.ContainsFunc(n.Items[1:], func(item *template.Node) bool {
		return item.Kind == template.Map || item.Kind == template.List || hasDocument(item)
	})
}

// documents makes the document that nested Fn::If choose. It is nil when a branch
// is no document.
func (p *rolePolicies) documents(policy prop) *template.Node {
	var branches [2]any
	for i, branch := range policy.node.Items[1:] {
		kind, v := p.read(prop{policy.at, branch})
		if kind == managedPolicy {
			return nil
		}
		branches[i] = v
	}
	return choose(policy.at, policy.node.Items[0].Text, branches[0], branches[1])
}

type policyKind int

const (
	noPolicy policyKind = iota
	managedPolicy
	inlinePolicy
)

// read tells what a policy is, and its ARN or document.
func (p *rolePolicies) read(policy prop) (policyKind, any) {
	switch {
	case isNoValue(policy.node):
		return noPolicy, nil
	case isScalar(policy.node):
		return managedPolicy, prop{policy.at, build(policy.at, p.policyARN(policy.node.Text))}
	case policy.node.Kind == template.Call && !hasDocument(policy.node):
		return managedPolicy, policy
	case policy.node.Kind == template.Call:
		if document := p.documents(policy); document != nil {
			return inlinePolicy, prop{policy.at, document}
		}
	case policy.get("Statement").present():
		return inlinePolicy, policy
	}
	if document, ok := p.fromTemplate(policy); document != nil {
		return inlinePolicy, prop{policy.at, document}
	} else if ok {
		return noPolicy, nil
	}
	p.gap(policy.at, "an entry of Policies is neither a managed policy, nor a policy document, nor a policy template")
	return noPolicy, nil
}
