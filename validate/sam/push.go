package sam

import (
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// logs expands a CloudWatchLogs event.
func (e *event) logs() {
	group := e.get("LogGroupName")
	permission := e.permission("logs.amazonaws.com", "", object{
		"SourceArn": sub(e.at, e.arn("logs", "log-group:${__LogGroupName__}:*"), object{"__LogGroupName__": group}),
	})
	e.add(e.id, "AWS::Logs::SubscriptionFilter", e.at, object{
		"LogGroupName": group, "FilterPattern": e.get("FilterPattern"), "DestinationArn": e.target.arn(e.at),
	}).dependsOn = []string{permission.id}
}

// iot expands an IoTRule event.
func (e *event) iot() {
	e.permission("iot.amazonaws.com", "", object{
		"SourceArn":     sub(e.at, e.arn("iot", "rule/${RuleName}"), object{"RuleName": ref(e.at, e.id)}),
		"SourceAccount": sub(e.at, "${AWS::AccountId}", nil),
	})
	e.add(e.id, "AWS::IoT::TopicRule", e.at, object{"TopicRulePayload": object{
		"Sql": e.get("Sql"), "RuleDisabled": false, "AwsIotSqlVersion": e.get("AwsIotSqlVersion").orAbsent(),
		"Actions": list{object{"Lambda": object{"FunctionArn": e.target.arn(e.at)}}},
	}})
}

// alexa expands an AlexaSkill event.
func (e *event) alexa() {
	e.permission("alexa-appkit.amazon.com", "", object{"EventSourceToken": e.get("SkillId")})
}

// bucket expands an S3 event: the bucket notifies the function, and waits for
// the permission to do so.
func (e *event) bucket() {
	bucket := e.referenced("Bucket", "bucket")
	if bucket == nil {
		return
	}
	permission := e.permission("s3.amazonaws.com", "", object{"SourceAccount": ref(e.at, "AWS::AccountId")})
	edit := e.edit(bucket)
	if e.res.Condition == "" {
		edit.dependsOn = append(edit.dependsOn, permission.id)
	} else {
		edit.append("Tags", e.at, object{
			"Key":   "sam:ConditionalDependsOn:" + permission.id,
			"Value": choose(e.at, e.res.Condition, ref(e.at, permission.id), "no dependency"),
		})
	}
	for _, kind := range e.get("Events").elements() {
		notification := any(object{"Event": kind, "Function": e.target.arn(e.at), "Filter": e.get("Filter")})
		if e.res.Condition != "" {
			notification = choose(e.at, e.res.Condition, notification, nil)
		}
		edit.append("NotificationConfiguration.LambdaConfigurations", e.at, notification)
	}
}

// referenced returns the resource of the template that a property refers to. It
// is a gap when there is none.
func (e *event) referenced(property, what string) *template.Resource {
	id, _ := refName(e.get(property).node)
	r := e.in.Resource(id)
	if r == nil {
		e.gap(e.at, "event %s: %s is no reference to a %s of the template", e.name, property, what)
	}
	return r
}

// userPool expands a Cognito event: the user pool calls the function.
func (e *event) userPool() {
	pool := e.referenced("UserPool", "user pool")
	if pool == nil {
		return
	}
	e.permissionFor(e.functionID()+"CognitoPermission", "cognito-idp.amazonaws.com", object{"SourceArn": getAtt(e.at, pool.ID, "Arn")})
	for _, trigger := range e.get("Trigger").elements() {
		if trigger.text() == "" {
			e.gap(trigger.at, "event %s: Trigger is no text", e.name)
			continue
		}
		e.edit(pool).set("LambdaConfig", trigger.text(), prop{e.at, e.target.arn(e.at)})
	}
}

// functionID is the logical id of what the event invokes.
func (e *event) functionID() string {
	id, ok := refName(e.target.name(e.at))
	if !ok {
		return e.res.ID
	}
	return id
}

// topic expands an SNS event: a subscription of the function, or of a queue that
// it reads.
func (e *event) topic() {
	topic, queue := e.get("Topic"), e.get("SqsSubscription")
	switch {
	case !queue.truthy() || queue.is("false"):
		e.permission("sns.amazonaws.com", "", object{"SourceArn": topic})
		e.subscribe("lambda", e.target.arn(e.at))
	case queue.is("true"):
		made := e.add(e.id+"Queue", "AWS::SQS::Queue", queue.at, object{})
		if id, ok := refName(topic.node); ok && e.isFIFO(id) {
			made.props["FifoQueue"] = true
		}
		e.queue(queue, getAtt(queue.at, made.id, "Arn"), ref(queue.at, made.id), e.id+"QueuePolicy", prop{})
	case queue.isMap():
		e.known(queue, "event "+e.name+": SqsSubscription.", names("QueueArn QueueUrl QueuePolicyLogicalId BatchSize Enabled"))
		if !queue.get("QueueArn").present() || !queue.get("QueueUrl").present() {
			e.gap(queue.at, "event %s: SqsSubscription has no QueueArn or no QueueUrl", e.name)
			return
		}
		policy := queue.get("QueuePolicyLogicalId").text()
		if policy == "" {
			policy = e.id + "QueuePolicy"
		}
		e.queue(queue, queue.get("QueueArn"), queue.get("QueueUrl"), policy, queue.get("BatchSize"))
	default:
		e.gap(queue.at, "event %s: SqsSubscription is given by a function", e.name)
	}
}

func (e *event) isFIFO(id string) bool {
	r := e.in.Resource(id)
	if r == nil {
		return false
	}
	fifo, _ := e.value(prop{node: r.Properties}.get("FifoTopic"))
	return strings.EqualFold(fifo, "true")
}

// queue subscribes a queue to the topic, lets the topic send to it, and the
// function read it.
func (e *event) queue(p prop, arn, url any, policyID string, batch prop) {
	e.add(policyID, "AWS::SQS::QueuePolicy", p.at, object{
		"PolicyDocument": sendMessage("*", arn, e.get("Topic")),
		"Queues":         list{url},
	})
	e.subscribe("sqs", arn)
	size := any(10)
	if batch.truthy() {
		size = batch
	}
	reader := *e
	reader.kind = "SQS"
	reader.eventSource(e.id+"EventSourceMapping", arn, object{"BatchSize": size, "Enabled": true})
}

// sendMessage is the document that lets a principal send to a queue, on behalf
// of a source.
func sendMessage(principal, queue, from any) object {
	return object{"Version": "2012-10-17", "Statement": list{object{
		"Action": "sqs:SendMessage", "Effect": "Allow", "Principal": principal, "Resource": queue,
		"Condition": object{"ArnEquals": object{"aws:SourceArn": from}},
	}}}
}

func (e *event) subscribe(protocol string, endpoint any) {
	e.add(e.id, "AWS::SNS::Subscription", e.at, object{
		"Protocol": protocol, "Endpoint": endpoint, "TopicArn": e.get("Topic"), "Region": e.get("Region"),
		"FilterPolicy": e.get("FilterPolicy"), "FilterPolicyScope": e.get("FilterPolicyScope"), "RedrivePolicy": e.get("RedrivePolicy"),
	})
}

// edit is what events change in a resource of the template.
type edit struct {
	dependsOn []string
	lists     map[string]placed
	maps      map[string]map[string]prop
}

func (x *expander) edit(r *template.Resource) *edit {
	e := x.edited[r.ID]
	if e == nil {
		e = &edit{lists: map[string]placed{}, maps: map[string]map[string]prop{}}
		x.edited[r.ID] = e
	}
	return e
}

// append adds an item to a list at a path of names, unless it has one like it.
func (e *edit) append(path string, at template.Pos, item any) {
	p, ok := e.lists[path]
	if !ok {
		p.at = at
	}
	p.add(prop{at, build(at, item)})
	e.lists[path] = p
}

// set sets an entry of a map.
func (e *edit) set(property, name string, value prop) {
	if e.maps[property] == nil {
		e.maps[property] = map[string]prop{}
	}
	e.maps[property][name] = value
}

// apply returns the properties of a resource with the changes.
func (e *edit) apply(r *template.Resource) *template.Node {
	additions := object{}
	for path, p := range e.lists {
		outer, inner, nested := strings.Cut(path, ".")
		if !nested {
			additions[outer] = p
			continue
		}
		additions[outer] = prop{p.at, build(p.at, object{inner: p})}
	}
	for property, entries := range e.maps {
		m := object{}
		var at template.Pos
		for name, value := range entries {
			m[name], at = value, value.at
		}
		additions[property] = prop{at, build(at, m)}
	}
	extra := prop{r.Pos, build(r.Pos, additions)}
	own := prop{r.Pos, r.Properties}
	if !own.isMap() {
		return extra.node
	}
	return merge(own, extra, "").node
}
