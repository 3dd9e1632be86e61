package hook

import (
	"context"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
)

// always is a rule that everything violates.
const always = `deny contains {"path": [], "message": "x"} if input.resource.id`

// answerTo answers an event with a document, by a policy set.
func answerTo(tb testing.TB, set *rules.Set, point string, k Kind, document map[string]any) Response {
	tb.Helper()
	r := newRig(tb, fixedLoader(set), func(o *Options) { o.Transport = payloadTransport(encodeJSON(tb, document)) })
	return r.respond(context.Background(), payloadEvent(point, k))
}

// annotationOf is the status of the annotation of the rule.
func annotationOf(r Response) AnnotationStatus {
	for _, a := range r.Annotations {
		if a.Name == "ACME_RULE" {
			return a.Status
		}
	}
	return ""
}

// TestActionsOfUpdates runs a rule for the actions that it names: a bucket that
// is there already is updated, one that is not is created.
func TestActionsOfUpdates(t *testing.T) {
	t.Parallel()
	const (
		bucket = "Resources:\n  It: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'a-${AWS::StackName}'}}\n"
		topic  = "Resources:\n  It: {Type: AWS::SNS::Topic}\n"
	)
	for name, c := range map[string]struct {
		actions, before, after string
		blocks                 bool
		notRun                 bool
	}{
		"create, there already":         {"[CREATE]", bucket, bucket, false, false},
		"create, new":                   {"[CREATE]", topic, bucket + "  Too: {Type: AWS::SNS::Topic}\n", true, false},
		"create, nothing before":        {"[CREATE]", "", bucket, true, false},
		"update, there already":         {"[UPDATE]", bucket, bucket, true, false},
		"update, new":                   {"[UPDATE]", topic, bucket, false, false},
		"update, nothing before":        {"[UPDATE]", "", bucket, false, true},
		"delete, there already":         {"[DELETE]", bucket, bucket, false, false},
		"delete, gone":                  {"[DELETE]", bucket, topic, true, false},
		"both, there already":           {"[CREATE, UPDATE]", bucket, bucket, true, false},
		"deletion, of another type":     {"[DELETE]", topic, bucket, false, false},
		"update, before is no template": {"[UPDATE]", "Resources: [", bucket, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := ruleFor(t, c.actions, `deny contains {"path": [], "message": "x"} if true`)
			r := newRig(t, fixedLoader(set), func(o *Options) {
				o.Transport = payloadTransport(encodeJSON(t, map[string]any{"template": c.after, "previousTemplate": c.before}))
			})
			got := r.respond(context.Background(), payloadEvent("UPDATE_PRE_PROVISION", Stack))
			if (got.ErrorCode == NonCompliant) != c.blocks || (got.Status == Success) == c.blocks || strings.Contains(got.Message, "not run here") != c.notRun {
				t.Errorf("%s %s: %s", got.Status, got.ErrorCode, got.Message)
			}
		})
	}
}

// ruleFor loads a policy set of one rule about buckets, for some actions.
func ruleFor(tb testing.TB, actions, rego string) *rules.Set {
	tb.Helper()
	return ruleSetWith(tb, "#   actions: "+actions+"\n", rego, rules.Options{})
}

// TestTemplateRulesOfUpdates says of a rule about templates that it did not run.
func TestTemplateRulesOfUpdates(t *testing.T) {
	t.Parallel()
	const rego = `deny contains {"resource": "It", "path": [], "message": "x"} if input.template.resources.It`
	for actions, notRun := range map[string]bool{"[UPDATE]": true, "[CREATE, UPDATE]": false, "[CREATE, DELETE]": true} {
		point := "UPDATE_PRE_PROVISION"
		if strings.Contains(actions, "DELETE") {
			point = "DELETE_PRE_PROVISION"
		}
		set := ruleSetWith(t, "#   actions: "+actions+"\n", rego, rules.Options{}, "#   scope: resource", "#   scope: template")
		r := newRig(t, fixedLoader(set), func(o *Options) {
			const bucket = "Resources:\n  It: {Type: AWS::S3::Bucket}\n"
			o.Transport = payloadTransport(encodeJSON(t, map[string]any{"template": bucket, "previousTemplate": bucket}))
		})
		got := r.respond(context.Background(), payloadEvent(point, Stack))
		if strings.Contains(got.Message, "ACME_RULE (the template)") != notRun || (got.Status == Failed) == notRun {
			t.Errorf("%s: %s: %s", actions, got.Status, got.Message)
		}
	}
}

// TestStayingResources: a rule that judges creations alone has not passed a
// resource that is there already, and does not refuse one that may be.
func TestStayingResources(t *testing.T) {
	t.Parallel()
	const (
		bucket      = "Resources:\n  It: {Type: AWS::S3::Bucket}\n"
		conditional = "Parameters: {P: {Type: String, AllowedValues: [a, b]}}\nConditions: {C: !Equals [!Ref P, a]}\n" +
			"Resources:\n  It: {Type: AWS::S3::Bucket, Condition: C}\n  Too: {Type: AWS::SNS::Topic}\n"
	)
	for name, c := range map[string]struct {
		before     string
		strict     bool
		status     Status
		annotation AnnotationStatus
	}{
		"there":           {bucket, false, Success, AnnotationSkipped},
		"perhaps":         {conditional, false, Success, AnnotationFailed},
		"perhaps, strict": {conditional, true, Failed, AnnotationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := ruleSetWith(t, "#   actions: [CREATE]\n", always, rules.Options{Config: &rules.Config{Version: 1, Strict: c.strict}})
			got := answerTo(t, set, "UPDATE_PRE_PROVISION", Stack, map[string]any{"template": bucket, "previousTemplate": c.before})
			if got.Status != c.status || annotationOf(got) != c.annotation {
				t.Errorf("%s, %s: %s", got.Status, annotationOf(got), got.Message)
			}
			if c.annotation == AnnotationFailed && !strings.Contains(got.Message, "if it is created") {
				t.Error(got.Message)
			}
		})
	}
}

// TestStayingInChangeSets: a change set names what is created, so that the rest of
// its template is there already.
func TestStayingInChangeSets(t *testing.T) {
	t.Parallel()
	const template = "Resources:\n  It: {Type: AWS::S3::Bucket}\n  Too: {Type: AWS::SNS::Topic}\n"
	other := changed("CREATE", nil, `{"Properties": {}}`)
	other["logicalResourceId"], other["resourceType"] = "Too", "AWS::SNS::Topic"
	for name, c := range map[string]struct {
		changes []any
		status  Status
	}{
		"created":        {[]any{changed("CREATE", nil, `{"Properties": {}}`)}, Failed},
		"updated":        {[]any{changed("UPDATE", `{"Properties": {}}`, `{"Properties": {"BucketName": "a"}}`)}, Success},
		"not changed":    {[]any{other}, Success},
		"nothing listed": {nil, Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := answerTo(t, ruleFor(t, "[CREATE]", always), "CREATE_PRE_PROVISION", ChangeSet, map[string]any{"template": template, "changedResources": c.changes})
			if got.Status != c.status || got.Status == Success && annotationOf(got) == AnnotationPassed {
				t.Errorf("%s, %s: %s", got.Status, annotationOf(got), got.Message)
			}
		})
	}
}

// TestUpdatesOfServerless compares what serverless resources generate.
func TestUpdatesOfServerless(t *testing.T) {
	t.Parallel()
	const topic = "Resources:\n  Too: {Type: AWS::SNS::Topic}\n"
	function := func(description string) string {
		return "Transform: AWS::Serverless-2016-10-31\nResources:\n  It:\n    Type: AWS::Serverless::Function\n" +
			"    Properties: {Runtime: python3.12, Handler: a.b, InlineCode: x, Description: " + description + "}\n"
	}
	for name, c := range map[string]struct {
		actions, before, after string
		status                 Status
		message                string
	}{
		"created":          {"[CREATE]", topic, function("a"), Failed, refusedRule},
		"there already":    {"[CREATE]", function("a"), function("b"), Success, ""},
		"updated":          {"[UPDATE]", function("a"), function("b"), Failed, refusedRule},
		"deleted":          {"[DELETE]", function("a"), topic, Failed, refusedRule},
		"nothing before":   {"[UPDATE]", "", function("a"), Success, "There is no previousTemplate; rules about updates and deletions were not run here."},
		"cannot be known":  {"[DELETE]", strings.Replace(function("a"), "Function", "GraphQLApi", 1), topic, Success, "Not judged of the template before: It ("},
		"need not be said": {"[CREATE]", strings.Replace(function("a"), "Function", "GraphQLApi", 1), topic, Success, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := ruleSetWith(t, "#   actions: "+c.actions+"\n", always, rules.Options{}, "AWS::S3::Bucket", "AWS::Lambda::Function")
			got := answerTo(t, set, "UPDATE_PRE_PROVISION", Stack, map[string]any{"template": c.after, "previousTemplate": c.before})
			if got.Status != c.status || !strings.Contains(got.Message, c.message) || c.message == "" && strings.Contains(got.Message, "Not judged") {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
		})
	}
}

// refusedRule is how the message begins where the rule of a test blocks.
const refusedRule = "1 rule blocks: ACME_RULE."

// TestDeletionsOfStacks: where there is a template, the rules about deletions
// judge it, and no others.
func TestDeletionsOfStacks(t *testing.T) {
	t.Parallel()
	const (
		bucket = "Resources:\n  It: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref 'AWS::StackName'}}\n"
		byName = `deny contains {"path": [], "message": "x"} if input.resource.properties.BucketName == "a"`
	)
	for name, c := range map[string]struct {
		actions, rego string
		document      map[string]any
		status        Status
		message       string
	}{
		"no template":        {"[DELETE]", always, map[string]any{"template": "", "previousTemplate": ""}, Success, "sends no template"},
		"not about it":       {"[CREATE, UPDATE]", always, map[string]any{"template": bucket}, Success, "No rule is about this."},
		"template":           {"[DELETE]", always, map[string]any{"template": bucket}, Failed, refusedRule},
		"previous template":  {"[DELETE]", always, map[string]any{"previousTemplate": bucket}, Failed, refusedRule},
		"not known":          {"[DELETE]", byName, map[string]any{"template": bucket}, Success, "1 rule was not run here, for want of values in the template: ACME_RULE (It)."},
		"cannot be read":     {"[DELETE]", always, map[string]any{"template": "Resources: ["}, Success, "rules about deletions were not run here."},
		"cannot be expanded": {"[DELETE]", always, map[string]any{"template": "Transform: AWS::Serverless-2016-10-31\nResources:\n  It: {Type: AWS::Serverless::GraphQLApi}\n"}, Success, "Not judged of the template before: It ("},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := answerTo(t, ruleFor(t, c.actions, c.rego), "DELETE_PRE_PROVISION", Stack, c.document)
			if got.Status != c.status || !strings.Contains(got.Message, c.message) {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
		})
	}
}

// TestStateBefore: a state without properties is one, and the lack of a state is
// no reason to pass.
func TestStateBefore(t *testing.T) {
	t.Parallel()
	const rego = `deny contains {"path": [], "message": "x"} if {
	previous := input.resource.previous
	input.resource.properties.BucketName != object.get(previous, "BucketName", "")
}
`
	set := ruleFor(t, "[UPDATE]", rego)
	after := map[string]any{"BucketName": "a"}
	for name, c := range map[string]struct {
		before any
		status Status
		want   string
	}{
		"same":          {after, Success, "1 rule passed."},
		"other":         {map[string]any{"BucketName": "b"}, Failed, refusedRule},
		"no properties": {map[string]any{}, Failed, refusedRule},
		"no state":      {nil, Success, "1 rule is undecided: ACME_RULE."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := resourceEvent("UPDATE_PRE_PROVISION", "AWS::S3::Bucket", after)
			event["requestData"].(map[string]any)["targetModel"].(map[string]any)["previousResourceProperties"] = c.before
			got := newRig(t, fixedLoader(set), nil).respond(context.Background(), event)
			if got.Status != c.status || !strings.HasPrefix(got.Message, c.want) {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
		})
	}
	got := answerTo(t, set, "CREATE_PRE_PROVISION", ChangeSet, map[string]any{"changedResources": []any{
		changed("UPDATE", `{"Properties": {}}`, `{"Properties": {"BucketName": "a"}}`),
	}})
	if got.Status != Failed {
		t.Errorf("change set: %s", got.Message)
	}
}

// changed is an entry of a change set about a bucket; nil is no such state.
func changed(action string, before, after any) map[string]any {
	return map[string]any{
		"logicalResourceId": "It", "resourceType": "AWS::S3::Bucket", "action": action, "beforeContext": before, "afterContext": after,
	}
}

// TestChangesWithoutVerdict: a rule that gives no verdict on a change, on which
// there is none from the template either, is named.
func TestChangesWithoutVerdict(t *testing.T) {
	t.Parallel()
	const (
		bucket     = "Resources:\n  It: {Type: AWS::S3::Bucket}\n"
		byPolicy   = `deny contains {"path": [], "message": "x"} if not input.resource.deletion_policy == "Retain"`
		byLock     = `deny contains {"path": [], "message": "x"} if input.resource.properties.ObjectLockEnabled == false`
		named      = "1 rule was not run here, for want of values that are not known yet: ACME_RULE (It)."
		isOpen     = "1 rule is undecided: ACME_RULE."
		notKnown   = `{"Properties": {"ObjectLockEnabled": "{{changeSet:KNOWN_AFTER_APPLY}}"}}`
		reference  = `{"Properties": {"ObjectLockEnabled": "{{resolve:ssm:x}}"}}`
		properties = `{"Properties": {"BucketName": "a"}}`
	)
	for name, c := range map[string]struct {
		actions, rego, template string
		change                  map[string]any
		want                    string
	}{
		"attribute of what is deleted": {"[DELETE]", byPolicy, bucket, changed("DELETE", properties, nil), isOpen},
		"attribute in an update":       {"[UPDATE]", byPolicy, bucket, changed("UPDATE", properties, properties), isOpen},
		"dynamic reference":            {"[CREATE]", byLock, "", changed("CREATE", nil, reference), isOpen},
		"not known in an update":       {"[UPDATE]", byLock, bucket, changed("UPDATE", properties, notKnown), named},
		"no properties in an update":   {"[UPDATE]", byLock, bucket, changed("UPDATE", nil, nil), named},
		"the template's verdict":       {"[CREATE, UPDATE]", byLock, bucket, changed("UPDATE", properties, notKnown), "1 rule passed. [policy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := answerTo(t, ruleFor(t, c.actions, c.rego), "CREATE_PRE_PROVISION", ChangeSet,
				map[string]any{"template": c.template, "changedResources": []any{c.change}})
			if got.Status != Success || !strings.Contains(got.Message, c.want) {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
		})
	}
}

// TestInlineWaiversOfChanges: what the templates have of waivers holds for the
// rules about changes, too.
func TestInlineWaiversOfChanges(t *testing.T) {
	t.Parallel()
	const rego = `deny contains {"path": ["BucketName"], "message": "x"} if input.resource.properties.BucketName == "a"`
	bucket := func(name, expires string) string {
		return "Resources:\n  It:\n    Type: AWS::S3::Bucket\n    Metadata: {guardhook: {waivers: [{rule: ACME_RULE, reason: r, owner: o, expires: " + expires +
			"}]}}\n    Properties: {BucketName: " + name + "}\n  Too: {Type: AWS::SNS::Topic}\n"
	}
	const topic = "Resources:\n  Too: {Type: AWS::SNS::Topic}\n"
	update := changed("UPDATE", `{"Properties": {"BucketName": "b"}}`, `{"Properties": {"BucketName": "a"}}`)
	for expires, status := range map[string]Status{"'2026-03-01'": Success, "'2026-02-28'": Failed} {
		for name, c := range map[string]struct {
			actions, point string
			kind           Kind
			document       map[string]any
		}{
			"update":     {"[UPDATE]", "UPDATE_PRE_PROVISION", Stack, map[string]any{"template": bucket("a", expires), "previousTemplate": bucket("b", expires)}},
			"removal":    {"[DELETE]", "UPDATE_PRE_PROVISION", Stack, map[string]any{"template": topic, "previousTemplate": bucket("a", expires)}},
			"deletion":   {"[DELETE]", "DELETE_PRE_PROVISION", Stack, map[string]any{"previousTemplate": bucket("a", expires)}},
			"change set": {"[UPDATE]", "CREATE_PRE_PROVISION", ChangeSet, map[string]any{"template": bucket("a", expires), "changedResources": []any{update}}},
		} {
			t.Run(name+" "+expires, func(t *testing.T) {
				t.Parallel()
				set := ruleSetWith(t, "#   actions: "+c.actions+"\n", rego, rules.Options{Now: now, Config: &rules.Config{Version: 1, InlineWaivers: true}})
				if got := answerTo(t, set, c.point, c.kind, c.document); got.Status != status {
					t.Errorf("%s: %s", got.Status, got.Message)
				}
			})
		}
	}
}
