// Package workflowtest executes the state machines of templates, with real
// handlers behind them: moto interprets the definition, and each task that calls a
// function calls a handler in the process of the caller.
//
// Its server is AWS besides S3, with DuckDB behind Athena; package local puts S3 in
// front of it and makes the resources of a template. Waits and the pauses of Retry
// take a thousandth of their time. It needs .tools/python, which "make python"
// installs.
package workflowtest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
)

// The server has several modules in one program.
var (
	//go:embed server.py
	serverSource string
	//go:embed athena.py
	athenaSource string
	//go:embed resources.py
	resourcesSource string
)

// module makes a module of Python that a program which follows can import.
func module(name, source string) string {
	text, _ := json.Marshal(source) // texts always encode; JSON's are Python's
	return fmt.Sprintf("import sys, types\nsys.modules[%q] = m = types.ModuleType(%q)\nexec(compile(%s, %q, 'exec'), m.__dict__)\n", name, name, text, name+".py")
}

// interrupts is done before all else, as modules take a second to load: an interrupt
// of the terminal is also sent to the server, which ends with the program.
const interrupts = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"

// Server interprets state machines. It costs some seconds to start, so a package
// has one.
type Server struct {
	host    string
	process *awstest.Python

	mu        sync.Mutex
	accounts  int
	functions map[string]Function // by account/name
}

// Function is a handler; *bootstrap.Program's Invoke is one.
type Function func(context.Context, []byte) ([]byte, error)

// Start starts a server, which ends when the program does.
func Start() (*Server, error) {
	s := &Server{functions: map[string]Function{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	bridge := &http.Server{Handler: http.HandlerFunc(s.call), ReadHeaderTimeout: time.Minute}
	go func() { _ = bridge.Serve(listener) }() // ends with the program
	source := interrupts + module("athena", athenaSource) + module("check", awsfake.CheckSource()) + module("resources", resourcesSource) + serverSource
	if s.process, err = awstest.StartPython(source, "http://"+listener.Addr().String(), "0.001"); err != nil {
		return nil, err
	}
	s.host, err = s.process.Address()
	return s, err
}

// call is the bridge from a task to its function.
func (s *Server) call(w http.ResponseWriter, r *http.Request) {
	event, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	s.mu.Lock()
	function := s.functions[strings.TrimPrefix(r.URL.Path, "/")]
	s.mu.Unlock()
	if function == nil {
		http.NotFound(w, r)
		return
	}
	out, err := function(r.Context(), event)
	if err != nil {
		var refused messages.InvokeResponse_Error
		if !errors.As(err, &refused) {
			refused = messages.InvokeResponse_Error{Message: err.Error(), Type: fmt.Sprintf("%T", err)}
		}
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		out, _ = json.Marshal(refused) // texts always encode
	}
	_, _ = w.Write(out)
}

// Account is an account of its own: others do not see what is in it.
type Account struct {
	// ID is its id.
	ID     string
	server *Server
}

// Account returns a new, empty account.
func (s *Server) Account() *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts++
	return &Account{ID: fmt.Sprintf("%012d", 100000000000+s.accounts), server: s}
}

// Function gives a function a name, by which state machines call it. It returns the
// ARN.
func (a *Account) Function(name string, f Function) string {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.server.functions[a.ID+"/"+name] = f
	return "arn:aws:lambda:" + awstest.Region + ":" + a.ID + ":function:" + name
}

// Close forgets the functions of the account.
func (a *Account) Close() {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	for name := range a.server.functions {
		if strings.HasPrefix(name, a.ID+"/") {
			delete(a.server.functions, name)
		}
	}
}

// Front says where the account's AWS is: what its state machines call, and the
// objects that Athena reads.
func (a *Account) Front(ctx context.Context, addr string) error {
	return a.Ask(ctx, "front", map[string]any{"front": addr}, nil)
}

// Machine makes a state machine with a definition.
func (a *Account) Machine(ctx context.Context, name, definition string) (*StateMachine, error) {
	m := &StateMachine{account: a}
	var made struct{ StateMachineArn string }
	err := a.states(ctx, "CreateStateMachine", map[string]string{
		"name": name, "definition": definition, "roleArn": "arn:aws:iam::" + a.ID + ":role/workflow",
	}, &made)
	m.ARN = made.StateMachineArn
	return m, err
}

// Execution is how an execution ended.
type Execution struct {
	Status, Error, Cause string
	Output               map[string]any
	// States are the names of the states that were entered, in their order.
	States []string
	// Visits are what went through them, in the same order.
	Visits []Visit
}

// Visit is one time that a state was entered.
type Visit struct {
	State string
	// Input and Output are JSON; no output if the state has failed.
	Input, Output string
	// Item is the index of the item of a Map state that it is of, -1 for none.
	Item int
	// Failures are the errors of each time that its task has failed, Pauses how many
	// seconds the next attempt waited then; 0 for none.
	Failures []string
	Pauses   []float64
}

// Empty returns the states that got nothing as input: no text, null or an object
// without members.
func (e Execution) Empty() []string {
	var out []string
	for _, v := range e.Visits {
		if v.Input == "" || v.Input == "null" || v.Input == "{}" {
			out = append(out, v.State)
		}
	}
	return out
}

// Count is how often a state was entered.
func (e Execution) Count(state string) int {
	n := 0
	for _, s := range e.States {
		if s == state {
			n++
		}
	}
	return n
}

// Largest is the length of the longest input or output of a state, in bytes. AWS
// takes at most 262144.
func (e Execution) Largest() int {
	n := 0
	for _, v := range e.Visits {
		n = max(n, len(v.Input), len(v.Output))
	}
	return n
}

// Machine is a state machine of a template, for a test.
type Machine struct {
	machine *StateMachine
	tb      testing.TB
}

// Machine makes the state machine with a logical id of a template, whose
// Definition is an object. Its DefinitionSubstitutions are names of functions.
func (s *Server) Machine(tb testing.TB, file, id string, functions map[string]Function) *Machine {
	tb.Helper()
	definition := definition(tb, file, id)
	account := s.Account()
	for function, handler := range functions {
		definition = strings.ReplaceAll(definition, "${"+function+"}", account.Function(function, handler))
	}
	if strings.Contains(definition, "${") {
		tb.Fatalf("%s: %s: a substitution is no function", file, id)
	}
	m, err := account.Machine(tb.Context(), "machine", definition)
	if err != nil {
		tb.Fatal(err)
	}
	return &Machine{m, tb}
}

// definition is the text of a definition.
func definition(tb testing.TB, file, id string) string {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Properties struct {
				Definition map[string]any `yaml:"Definition"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(src, &template); err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(template.Resources[id].Properties.Definition)
	if err != nil || string(text) == "null" {
		tb.Fatalf("%s: %s has no Definition: %v", file, id, err)
	}
	return string(text)
}

// Execute runs an execution to its end.
func (m *Machine) Execute(name string, input []byte) Execution {
	m.tb.Helper()
	e, err := m.machine.Run(m.tb.Context(), name, input, nil)
	if err != nil {
		m.tb.Fatal(err)
	}
	return e
}

// Ask asks the server what AWS cannot be asked.
func (a *Account) Ask(ctx context.Context, what string, in map[string]any, out any) error {
	question := map[string]any{"account": a.ID, "region": awstest.Region}
	for k, v := range in {
		question[k] = v
	}
	return a.post(ctx, "/local/"+what, nil, question, out)
}

// states calls an operation of Step Functions.
func (a *Account) states(ctx context.Context, operation string, in, out any) error {
	return a.post(ctx, "/", http.Header{
		"X-Amz-Target": {"AWSStepFunctions." + operation}, "Content-Type": {"application/x-amz-json-1.0"},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=a/20260101/" + awstest.Region + "/states/aws4_request, SignedHeaders=host, Signature=b"},
	}, in, out)
}

func (a *Account) post(ctx context.Context, path string, header http.Header, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+a.server.host+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if header != nil {
		request.Header = header
	}
	request.Header.Set(accountHeader, a.ID)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s: %s: %s", path, header.Get("X-Amz-Target"), response.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}
