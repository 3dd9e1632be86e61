package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/workflowtest"
)

// World is AWS for one use case: an account of its own. Its S3 and its prepared
// answers are those of the server in it.
type World struct {
	*awsfake.Server
	// Now is the time for functions that are opened from now on.
	Now func() time.Time

	useCase    UseCase
	root       string
	ctx        context.Context
	fatal      func(error)
	ends       []func()
	account    *workflowtest.Account
	parameters map[string]string
	stack      *stack
	machine    *workflowtest.StateMachine

	mu        sync.Mutex
	functions map[string]*function
	more      []string // for the environments
	queries   int
}

// Function is a handler: it takes an event and returns an answer.
type Function = workflowtest.Function

// Object is an object of a bucket.
type Object = awsfake.Object

// Execution is how an execution ended.
type Execution = workflowtest.Execution

// Step is something that happens in an execution.
type Step = workflowtest.Step

// Visit is one time that a state was entered.
type Visit = workflowtest.Visit

func (c *Cloud) world(ctx context.Context, u UseCase, fatal func(error)) *World {
	s, end := awsfake.Start(u.Buckets...)
	account := c.server.Account()
	s.Rest(account)
	w := &World{
		Server: s, Now: time.Now, useCase: u, root: c.root, ctx: ctx, fatal: fatal, ends: []func(){end, account.Close}, account: account,
		parameters: maps.Clone(u.Parameters), functions: map[string]*function{},
	}
	if w.parameters == nil {
		w.parameters = map[string]string{}
	}
	return w
}

// Close ends it.
func (w *World) Close() {
	for _, end := range slices.Backward(w.ends) {
		end()
	}
}

// Cleanup calls a function when the World is closed, the last one first.
func (w *World) Cleanup(do func()) { w.ends = append(w.ends, do) }

// Context is the one of the test or the program.
func (w *World) Context() context.Context { return w.ctx }

// make makes everything that is there before a source object is.
func (w *World) make() error {
	if err := w.account.Front(w.ctx, w.Addr()); err != nil {
		return err
	}
	if w.useCase.Before != nil {
		if err := w.useCase.Before(w); err != nil {
			return err
		}
	}
	src := w.useCase.file(w.root)
	text, err := os.ReadFile(src)
	if err != nil {
		return err
	}
	if w.stack, err = newStack(src, text, w.useCase.Name, w.account.ID, w.parameters); err != nil {
		return err
	}
	if err := w.makeResources(); err != nil {
		return err
	}
	for _, a := range w.useCase.Answers {
		if err := w.answer(a); err != nil {
			return err
		}
	}
	return w.makeMachine()
}

// makeResources makes the resources of the template. Secrets come first: nobody
// knows their names before.
func (w *World) makeResources() error {
	for _, secrets := range []bool{true, false} {
		var list []map[string]any
		var of []*resource
		for _, r := range w.stack.resources {
			if (r.Type == "AWS::SecretsManager::Secret") != secrets {
				continue
			}
			properties, err := w.stack.properties(r)
			if err != nil {
				return err
			}
			if r.Type == "AWS::S3::Bucket" {
				w.Bucket(r.Name)
			}
			list = append(list, map[string]any{"type": r.Type, "name": r.Name, "properties": properties})
			of = append(of, r)
		}
		made, err := w.makeAll(list, true)
		if err != nil {
			return err
		}
		for i, ref := range made {
			if text, ok := ref.(string); ok {
				of[i].Ref, of[i].ARN = text, text
			}
		}
	}
	return nil
}

// makeAll makes resources, those of a template or others. It returns the reference
// of each whose reference is not known before.
func (w *World) makeAll(list []map[string]any, template bool) ([]any, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var made []any
	err := w.account.Ask(w.ctx, "make", map[string]any{"resources": list, "template": template}, &made)
	return made, err
}

// Make makes a resource as a template would declare it, and returns its name, of
// secrets the ARN. Properties need the name.
func (w *World) Make(kind string, properties map[string]any) (string, error) {
	name := nameIn(kind, properties)
	if name == "" && kinds[kind].name != "" {
		return "", fmt.Errorf("%s: a resource that is made by hand needs a name", kind)
	}
	made, err := w.makeAll([]map[string]any{{"type": kind, "name": name, "properties": properties}}, false)
	if err != nil {
		return "", err
	}
	if made[0] == false {
		return "", fmt.Errorf("%s: the local stack has no such resources", kind)
	}
	if ref, ok := made[0].(string); ok {
		return ref, nil
	}
	return name, nil
}

// SetParameter gives a parameter of the template a value; of use in UseCase.Before.
func (w *World) SetParameter(name, value string) { w.parameters[name] = value }

// Setenv adds to the environment of all functions: what Lambda sets, or what only a
// simulator needs.
func (w *World) Setenv(entries ...string) { w.more = append(w.more, entries...) }

// answer prepares an answer.
func (w *World) answer(a Answer) error {
	check := func(body string) error {
		var wrong string
		err := w.account.Ask(w.ctx, "check", map[string]any{"service": a.Service, "operation": a.Operation, "body": body}, &wrong)
		if err == nil && wrong != "" {
			err = errors.New(wrong)
		}
		if err != nil {
			return fmt.Errorf("answer of %s %s: %w", a.Service, a.Operation, err)
		}
		return nil
	}
	if a.Make == nil {
		w.Answer(a.Call, awsfake.Answer{Body: a.Body})
		return check(a.Body)
	}
	const most = 100 // bodies that are checked
	checked := map[string]bool{}
	w.Respond(a.Call, func(c awsfake.Call) awsfake.Answer {
		body := a.Make(c)
		if !checked[body] && len(checked) < most {
			if err := check(body); err != nil {
				return awsfake.Answer{Status: 500, Type: "InvalidAnswer", Body: fmt.Sprintf(`{"__type":"InvalidAnswer","message":%q}`, err)}
			}
			checked[body] = true
		}
		return awsfake.Answer{Body: body}
	})
	return nil
}

// Throttle lets the next n calls whose name begins with call be refused as too many.
func (w *World) Throttle(call string, n int) {
	a := awsfake.Answer{Status: http.StatusBadRequest, Type: "ThrottlingException", Body: `{"__type":"ThrottlingException","message":"injected"}`}
	method, path, rest := strings.Cut(call, " ")
	switch {
	case rest && !strings.HasPrefix(path, "/") && slices.Contains([]string{"GET", "PUT", "HEAD", "POST", "DELETE"}, method):
		a = awsfake.Answer{Status: http.StatusServiceUnavailable, Body: "<Error><Code>SlowDown</Code><Message>injected</Message></Error>"}
	case strings.HasPrefix(call, "sns."):
		a = awsfake.Answer{Status: http.StatusTooManyRequests, Body: "<ErrorResponse><Error><Code>Throttled</Code><Message>injected</Message></Error><RequestId>injected</RequestId></ErrorResponse>"}
	}
	for range n {
		w.Fail(call, a)
	}
}

// Name is a reference in the template: "Output", or an attribute, "Output.Arn".
func (w *World) Name(reference string) string {
	value, ok := w.stack.reference(reference)
	if !ok {
		w.fatal(fmt.Errorf("%s: %s is no resource of the template with these parameters", w.useCase.Name, reference))
	}
	return value
}

// Seed makes source objects.
func (w *World) Seed(objects int) {
	if w.useCase.Seed == nil {
		return
	}
	if err := w.useCase.Seed(w, objects); err != nil {
		w.fatal(fmt.Errorf("%s: source objects: %w", w.useCase.Name, err))
	}
}

// Contents is what is in an account.
type Contents struct {
	Objects []Object
	// Tables have the items of DynamoDB's, Messages what topics were told, Queues the
	// bodies that are in them, by names.
	Tables   map[string][]map[string]any
	Messages map[string][]Message
	Queues   map[string][]string
	// Glue has the values of the partitions of each table, by "database.table".
	Glue map[string][][]string
}

// Message is what a topic was told.
type Message struct {
	Subject, Body string
	Attributes    map[string]any
}

// Contents returns what is in the account.
func (w *World) Contents() Contents {
	var c Contents
	if err := w.account.Ask(w.ctx, "contents", nil, &c); err != nil {
		w.fatal(err)
	}
	for _, bucket := range w.Buckets() {
		c.Objects = append(c.Objects, w.Objects(bucket, "")...)
	}
	return c
}

// Run runs an execution of the state machine to its end; see is called for each
// step, as it happens. An input of nil is that of the use case.
func (w *World) Run(ctx context.Context, name string, input any, see func(Step)) (Execution, error) {
	if w.machine == nil {
		return Execution{}, fmt.Errorf("%s has no state machine", w.useCase.Name)
	}
	if input == nil {
		input = map[string]any{}
		if w.useCase.Input != nil {
			input = w.useCase.Input(w)
		}
	}
	text, err := encode(input)
	if err != nil {
		return Execution{}, err
	}
	return w.machine.Run(ctx, name, text, see)
}

// Execute is Run for a test.
func (w *World) Execute(name string, input any) Execution {
	e, err := w.Run(w.ctx, name, input, nil)
	if err != nil {
		w.fatal(err)
	}
	return e
}

// encode is an event as JSON; text is JSON already.
func encode(event any) ([]byte, error) {
	switch event := event.(type) {
	case []byte:
		return event, nil
	case json.RawMessage:
		return event, nil
	case string:
		return []byte(event), nil
	}
	return json.Marshal(event)
}

func (w *World) makeMachine() error {
	if w.useCase.Machine == "" {
		return nil
	}
	definition, err := w.stack.definition(w.useCase.Machine)
	if err != nil {
		return err
	}
	for _, r := range w.stack.resources {
		if r.Type == "AWS::Lambda::Function" {
			w.account.Function(r.Name, func(ctx context.Context, event []byte) ([]byte, error) { return w.call(ctx, r.ID, event) })
		}
	}
	w.machine, err = w.account.Machine(w.ctx, w.stack.byID[w.useCase.Machine].Name, definition)
	if err == nil && w.machine.ARN != w.stack.byID[w.useCase.Machine].ARN {
		err = fmt.Errorf("the state machine is %s", w.machine.ARN)
	}
	return err
}

// --- Functions ---

// function is a function of the template. Each call that is made at the same time as
// others has a sandbox of its own.
type function struct {
	mu   sync.Mutex
	idle []*bootstrap.Program
	log  bytes.Buffer
	wrap []func(Function) Function
}

// maxLog is how much of a function's log is kept, in bytes.
const maxLog = 4 << 20

// Write implements io.Writer: a line of the log.
func (f *function) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.log.Len() < maxLog {
		f.log.Write(p)
	}
	return len(p), nil
}

// resourceOf is the function with a logical id, or the first one with a handler.
func (w *World) resourceOf(name string) (*resource, error) {
	if r := w.stack.byID[name]; r != nil && r.Type == "AWS::Lambda::Function" {
		return r, nil
	}
	for _, r := range w.stack.resources {
		if r.Type == "AWS::Lambda::Function" && r.Properties["Handler"] == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%s: %s is neither the logical id nor the handler of a function of the template with these parameters", w.useCase.Name, name)
}

func (w *World) function(id string) *function {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.functions[id]
	if f == nil {
		f = &function{}
		w.functions[id] = f
	}
	return f
}

// Environment is that of a function, which is named by its logical id or handler:
// as the template says, and _HANDLER.
func (w *World) Environment(name string) []string {
	env, err := w.environment(name)
	if err != nil {
		w.fatal(err)
	}
	return env
}

func (w *World) environment(name string) ([]string, error) {
	r, err := w.resourceOf(name)
	if err != nil {
		return nil, err
	}
	properties, err := w.stack.properties(r)
	if err != nil {
		return nil, err
	}
	handler, _ := properties["Handler"].(string)
	out := []string{"_HANDLER=" + handler, "AWS_REGION=" + awstest.Region, "AWS_LAMBDA_FUNCTION_NAME=" + r.Name}
	environment, _ := properties["Environment"].(map[string]any)
	variables, _ := environment["Variables"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		out = append(out, key+"="+fmt.Sprint(variables[key]))
	}
	return append(out, w.more...), nil
}

// Function opens a function in a sandbox of its own.
func (w *World) Function(name string) *bootstrap.Program {
	r, err := w.resourceOf(name)
	if err != nil {
		w.fatal(err)
	}
	p, err := w.open(r)
	if err != nil {
		w.fatal(err)
	}
	return p
}

func (w *World) open(r *resource) (*bootstrap.Program, error) {
	env, err := w.environment(r.ID)
	if err != nil {
		return nil, err
	}
	return bootstrap.NewWith(w.Config(), w.useCase.Functions, env, w.function(r.ID), w.Now), nil
}

// Around puts something around the calls of a function, the last one outermost: a
// step that fails, counts, or sees events.
func (w *World) Around(name string, wrap func(next Function) Function) {
	r, err := w.resourceOf(name)
	if err != nil {
		w.fatal(err)
	}
	f := w.function(r.ID)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrap = append(f.wrap, wrap)
}

// Logs is what a function has written.
func (w *World) Logs(name string) string {
	r, err := w.resourceOf(name)
	if err != nil {
		w.fatal(err)
	}
	f := w.function(r.ID)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.String()
}

// Invoke calls a function with an event: a value that becomes JSON, or JSON. The
// error is the function's.
func (w *World) Invoke(name string, event any) ([]byte, error) {
	text, err := encode(event)
	if err != nil {
		return nil, err
	}
	r, err := w.resourceOf(name)
	if err != nil {
		return nil, err
	}
	return w.call(w.ctx, r.ID, text)
}

// call calls a function in a sandbox that nobody else uses.
func (w *World) call(ctx context.Context, id string, event []byte) ([]byte, error) {
	r := w.stack.byID[id]
	f := w.function(id)
	f.mu.Lock()
	wraps := slices.Clone(f.wrap)
	f.mu.Unlock()
	next := func(ctx context.Context, event []byte) ([]byte, error) {
		p, err := w.sandbox(f, r)
		if err != nil {
			return nil, err
		}
		out, err := p.Invoke(ctx, event)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.idle = append(f.idle, p)
		return out, err
	}
	for _, wrap := range wraps {
		next = wrap(next)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout(r))
	defer cancel()
	return next(ctx, event)
}

func (w *World) sandbox(f *function, r *resource) (*bootstrap.Program, error) {
	f.mu.Lock()
	if n := len(f.idle); n > 0 {
		p := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		return p, nil
	}
	f.mu.Unlock()
	return w.open(r)
}

// Timeout is how long a call of a function may take.
func (w *World) Timeout(name string) (time.Duration, error) {
	r, err := w.resourceOf(name)
	if err != nil {
		return 0, err
	}
	return timeout(r), nil
}

// Called lists the logical ids of the functions that were called.
func (w *World) Called() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.functions))
}

// timeout is that of a function, 3 seconds if it has none:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
func timeout(r *resource) time.Duration {
	seconds := time.Duration(0)
	if _, err := fmt.Sscan(strings.TrimSpace(fmt.Sprint(r.Properties["Timeout"])), &seconds); err != nil || seconds <= 0 {
		seconds = 3
	}
	return seconds * time.Second
}
