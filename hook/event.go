package hook

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/fsxns3ap/guardhook/rules"
)

// secret is a text that no message and no log shows.
type secret string

const redacted = "[redacted]"

// String implements fmt.Stringer.
func (secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (secret) GoString() string { return redacted }

// LogValue implements slog.LogValuer.
func (secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Credentials are temporary AWS credentials of an event.
type Credentials struct {
	AccessKeyID                   string
	secretAccessKey, sessionToken secret
}

// Event is a call of the hook, whatever form it came in.
type Event struct {
	Token, Account, StackID, ChangeSetID string
	HookType, HookVersion                string
	// Managed tells a managed Lambda hook from a registered private one.
	Managed bool
	Kind    Kind
	Action  string // rules.ActionCreate, ActionUpdate or ActionDelete
	// TypeName is the resource type; empty for stacks and change sets.
	TypeName, LogicalID string
	Invocation          string

	// properties and previous are the two states of a resource. Each is nil if the
	// event has none.
	properties, previous map[string]any
	// payload is the URL of the document that inline is not there for.
	payload secret
	inline  map[string]any
	// configuration is the type configuration of a private hook.
	configuration map[string]any
	// credentials are those of whoever deploys, providerCredentials those that
	// reach logGroup, the log group of the hook's owner: JSON or encrypted.
	credentials, providerCredentials, logGroup string
}

// decodeEvent reads an event. On an error, which is a *Failure, the Event has
// what is needed to answer.
func decodeEvent(src []byte) (*Event, error) {
	e := &Event{}
	v, err := decodeJSON(src)
	if err != nil {
		return e, failf(InvalidRequest, "event: %v", err)
	}
	if _, ok := v.(map[string]any); !ok {
		return e, failf(InvalidRequest, "event: want an object, found %s", kindOf(v))
	}
	root := newFields("event", v, &err)
	e.Token = root.text("clientRequestToken")
	e.StackID = root.text("stackId")
	e.ChangeSetID = root.text("changeSetId")
	e.Account = root.text("awsAccountId")
	e.HookType = root.text("hookTypeName")
	e.HookVersion = root.text("hookTypeVersion")
	e.readConfiguration(root)
	request := root.object("requestContext")
	request.properties("callbackContext")
	e.readInvocation(request)
	e.readTarget(root)
	if err != nil {
		return e, err
	}
	return e, nil
}

// readConfiguration tells the two kinds of hooks apart. The configuration of a
// managed hook belongs to AWS, and is not read.
func (e *Event) readConfiguration(root fields) {
	model := root.object("hookModel")
	if model.get(managedKey) != nil {
		e.Managed = true
		model.text(managedKey)
		return
	}
	e.configuration, _ = root.properties("hookModel")
}

func (e *Event) readInvocation(request fields) {
	switch v := request.get("invocation").(type) {
	case nil:
	case json.Number:
		e.Invocation = v.String()
	default:
		request.fail("invocation", "want a number, found %s", kindOf(v))
	}
}

func (e *Event) readTarget(root fields) {
	if root.get("requestData") == nil {
		root.fail("requestData", "is missing")
		return
	}
	data := root.object("requestData")
	name := data.text("targetName")
	e.LogicalID = data.text("targetLogicalId")
	switch kind := Kind(name); {
	case name == "":
		data.fail("targetName", "is missing")
	case kind == Stack, kind == ChangeSet:
		e.Kind = kind
	case !strings.Contains(name, "::"):
		data.fail("targetName", "is no target that is known: want a resource type, %s or %s", Stack, ChangeSet)
	case e.StackID == "":
		e.Kind, e.TypeName = CloudControl, name
	default:
		e.Kind, e.TypeName = Resource, name
	}
	if !targetTypeIsKnown(data.text("targetType")) {
		data.fail("targetType", "is no kind of target that is known")
	}
	e.readPoint(root)
	e.readCredentials(data)
	if e.Kind == Stack || e.Kind == ChangeSet {
		e.readPayload(data)
	} else {
		e.readResource(data)
	}
}

func (e *Event) readPoint(root fields) {
	point := root.text("actionInvocationPoint")
	if point == "" && pointIsOptional(e.Kind) {
		point = "CREATE_PRE_PROVISION"
	}
	var ok bool
	if e.Action, ok = actionOf(point); !ok {
		if point == "" {
			root.fail("actionInvocationPoint", "is missing")
		} else {
			root.fail("actionInvocationPoint", "is no invocation point that is known")
		}
	}
}

func (e *Event) readCredentials(data fields) {
	e.credentials = data.text("callerCredentials")
	e.providerCredentials = data.text("providerCredentials")
	e.logGroup = data.text("providerLogGroupName")
}

func (e *Event) readResource(data fields) {
	if e.LogicalID == "" {
		data.fail("targetLogicalId", "is missing")
	}
	model := data.object("targetModel")
	var ok bool
	e.previous, _ = model.properties("previousResourceProperties")
	if e.properties, ok = model.properties("resourceProperties"); !ok && !propertiesAreOptional(e.Action) {
		model.fail("resourceProperties", "is missing")
	}
	if e.Action == rules.ActionDelete && len(e.properties) == 0 {
		e.properties, e.previous = e.previous, nil
	}
	if e.Action != rules.ActionUpdate {
		e.previous = nil
	}
}

// readPayload finds the template of a stack or change set: behind a URL, or in
// the event itself, where contract tests put it.
func (e *Event) readPayload(data fields) {
	e.payload = secret(data.text("payload"))
	model := data.object("targetModel")
	model.properties("previousResourceProperties")
	inline := model
	if inner := model.object("resourceProperties"); inner.get("template") != nil {
		inline = inner
	}
	switch {
	case inline.get("template") != nil && e.payload != "":
		data.fail("payload", "is there beside a template in targetModel")
	case inline.get("template") != nil:
		e.inline = inline.entries
	case e.payload == "":
		data.fail("payload", "is missing")
	}
}

// parseCredentials reads credentials of an event, found where; nil if the text
// is empty. Credentials that the service has encrypted are refused: see
// docs/hook.md.
func parseCredentials(where, text string) (*Credentials, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if text[0] != '{' {
		return nil, failf(AccessDenied, "%s: encrypted credentials are not supported; "+
			"use the built-in policy set, a managed Lambda hook, or a role of the function that may read the policy set", where)
	}
	v, err := decodeJSON([]byte(text))
	if err != nil {
		return nil, failf(AccessDenied, "%s: %v", where, err)
	}
	f := newFields(where, v, &err)
	c := &Credentials{
		AccessKeyID:     f.text("accessKeyId"),
		secretAccessKey: secret(f.text("secretAccessKey")),
		sessionToken:    secret(f.text("sessionToken")),
	}
	switch {
	case err != nil:
		return nil, failf(AccessDenied, "%v", err)
	case c.AccessKeyID == "" || c.secretAccessKey == "":
		return nil, failf(AccessDenied, "%s: accessKeyId or secretAccessKey is missing", where)
	}
	return c, nil
}

// stack returns what an event tells of its stack. region is that of the
// function, for events whose stack has no ARN.
func (e *Event) stack(region string) rules.Stack {
	s := rules.Stack{Region: region, Account: e.Account}
	// arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<uuid>
	parts := strings.SplitN(e.StackID, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" {
		s.Partition, s.Region = parts[1], parts[3]
		if s.Account == "" {
			s.Account = parts[4]
		}
		if path := strings.Split(parts[5], "/"); len(path) > 1 && path[0] == "stack" {
			s.Name = path[1]
		}
	}
	if s.Name == "" && e.Kind == Stack {
		s.Name = e.LogicalID
	}
	return s
}

// parameters returns the pseudo parameters that are known of a stack.
func (e *Event) parameters(s rules.Stack) map[string]string {
	out := map[string]string{}
	for name, value := range map[string]string{
		"AWS::AccountId": s.Account, "AWS::Partition": s.Partition, "AWS::Region": s.Region, "AWS::StackName": s.Name,
	} {
		if value != "" {
			out[name] = value
		}
	}
	if strings.HasPrefix(e.StackID, "arn:") {
		out["AWS::StackId"] = e.StackID
	}
	return out
}

// String names the target, for people.
func (e *Event) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Action, e.Kind, e.TypeName))
}
