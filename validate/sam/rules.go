package sam

const (
	scheduleKnown = `Schedule RuleName Input Enabled State Name Description DeadLetterConfig RetryPolicy Target RoleArn`
	ruleKnown     = `EventBusName RuleName Pattern DeadLetterConfig RetryPolicy Input InputPath Target Enabled State InputTransformer`

	schedulerKnown = `PermissionsBoundary ScheduleExpression FlexibleTimeWindow Name State Description StartDate EndDate
		ScheduleExpressionTimezone GroupName KmsKeyArn Input RoleArn DeadLetterConfig RetryPolicy OmitName`
)

// targetLimit is the length of a target's id, in characters.
const targetLimit = 64

// schedule expands a Schedule event: a rule of EventBridge.
func (e *event) schedule() {
	e.eventRule(object{"ScheduleExpression": e.get("Schedule"), "Name": e.get("Name"), "Description": e.get("Description")})
}

// rule expands an EventBridgeRule or CloudWatchEvent event.
func (e *event) rule() {
	e.eventRule(object{"EventPattern": e.get("Pattern"), "EventBusName": e.get("EventBusName"), "Name": e.get("RuleName")})
}

// eventRule adds a rule that invokes the target, and what lets it do so.
func (e *event) eventRule(props object) {
	if state := e.get("State"); state.truthy() {
		props["State"] = state
	}
	if enabled := e.get("Enabled"); enabled.present() {
		props["State"] = prop{enabled.at, build(enabled.at, enabledState(enabled))}
	}
	target := e.ruleTarget()
	props["Targets"] = list{target}
	e.add(e.id, "AWS::Events::Rule", e.at, props)
	if e.target.start {
		target["RoleArn"] = e.starterARN()
	} else {
		e.permission("events.amazonaws.com", "", object{"SourceArn": getAtt(e.at, e.id, "Arn")})
	}
	if queue := e.deadLetterQueue(true); queue != nil {
		target["DeadLetterConfig"] = object{"Arn": queue}
	}
}

// enabledState is the state of a rule that is enabled or not. A function is
// taken for true, as the transform does.
func enabledState(p prop) string {
	if p.truthy() && !p.is("false") {
		return "ENABLED"
	}
	return "DISABLED"
}

func (e *event) ruleTarget() object {
	suffix := "LambdaTarget"
	if e.target.start {
		suffix = "StepFunctionsTarget"
	}
	id := e.id[:min(len(e.id), targetLimit-len(suffix))] + suffix
	target := object{"Arn": e.target.arn(e.at), "Id": id}
	if own := e.get("Target").get("Id"); own.present() {
		target["Id"] = own
	}
	for _, name := range []string{"Input", "InputPath", "RetryPolicy", "InputTransformer"} {
		target[name] = e.get(name)
	}
	return target
}

// starterARN is the ARN of the role that starts a state machine, which is added
// when none is given.
func (e *event) starterARN() any {
	if own := e.get("RoleArn"); own.present() {
		return own
	}
	return getAtt(e.at, e.starter("events.amazonaws.com").id, "Arn")
}

// starter adds the role with which a service starts a state machine.
func (e *event) starter(service string) *draft {
	id := e.id + "Role"
	return e.add(id, iamRole, e.at, object{
		"AssumeRolePolicyDocument": trust(service),
		"Policies":                 list{inline(id+"StartExecutionPolicy", allow(statement("states:StartExecution", e.target.arn(e.at))))},
		"PermissionsBoundary":      e.source.get("PermissionsBoundary"),
	})
}

// deadLetterQueue returns the ARN of the queue of an event, which is added when
// none is given, or nil when there is to be none. policy adds the policy that
// lets EventBridge send to it.
func (e *event) deadLetterQueue(policy bool) any {
	config := e.get("DeadLetterConfig")
	if !config.present() {
		return nil
	}
	if arn := config.get("Arn"); arn.present() {
		return arn
	}
	if !config.get("Type").is("SQS") {
		e.gap(config.at, "event %s: DeadLetterConfig has neither an Arn nor the Type SQS", e.name)
		return nil
	}
	id := config.get("QueueLogicalId").text()
	if id == "" {
		id = e.id + "Queue"
	}
	queue := e.add(id, "AWS::SQS::Queue", config.at, object{})
	arn := getAtt(config.at, queue.id, "Arn")
	if policy {
		e.add(e.id+"QueuePolicy", "AWS::SQS::QueuePolicy", config.at, object{
			"PolicyDocument": sendMessage(object{"Service": "events.amazonaws.com"}, arn, getAtt(config.at, e.id, "Arn")),
			"Queues":         list{ref(config.at, queue.id)},
		})
	}
	return arn
}

// scheduler expands a ScheduleV2 event: a schedule of EventBridge Scheduler.
func (e *event) scheduler() {
	props := object{"FlexibleTimeWindow": object{"Mode": "OFF"}, "State": e.get("State").orAbsent()}
	for _, name := range []string{
		"ScheduleExpression", "Description", "StartDate", "EndDate", "ScheduleExpressionTimezone", "GroupName", "KmsKeyArn",
	} {
		props[name] = e.get(name)
	}
	if window := e.get("FlexibleTimeWindow"); window.truthy() {
		props["FlexibleTimeWindow"] = window
	}
	if name := e.get("Name"); name.truthy() {
		props["Name"] = name
	} else if !e.get("OmitName").truthy() {
		props["Name"] = e.id
	}
	target := object{"Arn": e.target.arn(e.at), "Input": e.get("Input"), "RetryPolicy": e.get("RetryPolicy")}
	props["Target"] = target
	e.add(e.id, "AWS::Scheduler::Schedule", e.at, props)
	queue := e.deadLetterQueue(false)
	if queue != nil {
		target["DeadLetterConfig"] = object{"Arn": queue}
	}
	target["RoleArn"] = e.schedulerRole(queue)
}

// schedulerRole is the ARN of the role of a schedule, which is added when none
// is given.
func (e *event) schedulerRole(queue any) any {
	if own := e.get("RoleArn"); own.truthy() {
		return own
	}
	policy := inline(e.id+"LambdaPolicy", allow(statement("lambda:InvokeFunction", e.target.arn(e.at))))
	if e.target.start {
		policy = inline(e.id+"StartExecutionPolicy", allow(statement("states:StartExecution", e.target.arn(e.at))))
	}
	policies := list{policy}
	if queue != nil {
		policies = append(policies, destinationPolicy("SQS", queue, e.id))
	}
	role := e.add(e.id+"Role", iamRole, e.at, object{
		"AssumeRolePolicyDocument": trust("scheduler.amazonaws.com"), "Policies": policies,
		"PermissionsBoundary": e.get("PermissionsBoundary").orAbsent(),
	})
	return getAtt(e.at, role.id, "Arn")
}
