// Package workflowtest executes the state machines of templates, with real
// handlers behind them: moto interprets the definition, and each task that calls a
// function calls a handler in the process of the test.
//
// Waits and the pauses of Retry take a thousandth of their time. It needs
// .tools/python, which "make python" installs.
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
)

//go:embed server.py
var serverSource string

// Server interprets state machines. It costs some seconds to start, so a package
// has one.
type Server struct {
	url     string
	process *awstest.Python

	mu        sync.Mutex
	machines  int
	functions map[string]Function
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
	if s.process, err = awstest.StartPython(serverSource, "http://"+listener.Addr().String(), "0.001"); err != nil {
		return nil, err
	}
	host, err := s.process.Address()
	s.url = "http://" + host
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

// Machine is a state machine of a template.
type Machine struct {
	server *Server
	tb     testing.TB
	arn    string
}

// Execution is how an execution ended.
type Execution struct {
	Status, Error, Cause string
	Output               map[string]any
	// States are the names of the states that were entered, in their order.
	States []string
}

// Machine makes the state machine with a logical id of a template, whose
// Definition is an object. Its DefinitionSubstitutions are names of functions.
func (s *Server) Machine(tb testing.TB, file, id string, functions map[string]Function) *Machine {
	tb.Helper()
	definition := definition(tb, file, id)
	s.mu.Lock()
	s.machines++
	name := fmt.Sprintf("machine-%d", s.machines)
	for function, handler := range functions {
		s.functions[name+"-"+function] = handler
		definition = strings.ReplaceAll(definition, "${"+function+"}", "arn:aws:lambda:"+awstest.Region+":123456789012:function:"+name+"-"+function)
	}
	s.mu.Unlock()
	if strings.Contains(definition, "${") {
		tb.Fatalf("%s: %s: a substitution is no function", file, id)
	}
	m := &Machine{server: s, tb: tb}
	var made struct{ StateMachineArn string }
	m.ask("CreateStateMachine", map[string]string{
		"name": name, "definition": definition, "roleArn": "arn:aws:iam::123456789012:role/workflow",
	}, &made)
	m.arn = made.StateMachineArn
	return m
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
	var started struct{ ExecutionArn string }
	m.ask("StartExecution", map[string]string{"stateMachineArn": m.arn, "name": name, "input": string(input)}, &started)
	which := map[string]any{"executionArn": started.ExecutionArn}
	var end struct{ Status, Output, Error, Cause string }
	for end.Status == "" || end.Status == "RUNNING" {
		if err := m.tb.Context().Err(); err != nil {
			m.tb.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
		m.ask("DescribeExecution", which, &end)
	}
	e := Execution{Status: end.Status, Error: end.Error, Cause: end.Cause}
	if end.Output != "" {
		if err := json.Unmarshal([]byte(end.Output), &e.Output); err != nil {
			m.tb.Fatal(err)
		}
	}
	var history struct {
		Events []struct{ StateEnteredEventDetails struct{ Name string } }
	}
	m.ask("GetExecutionHistory", which, &history)
	for _, event := range history.Events {
		if state := event.StateEnteredEventDetails.Name; state != "" {
			e.States = append(e.States, state)
		}
	}
	return e
}

// ask calls an operation of Step Functions.
func (m *Machine) ask(operation string, in, out any) {
	m.tb.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		m.tb.Fatal(err)
	}
	request, err := http.NewRequestWithContext(m.tb.Context(), http.MethodPost, m.server.url, bytes.NewReader(body))
	if err != nil {
		m.tb.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/"+awstest.Region+"/states/aws4_request, SignedHeaders=host, Signature=b")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		m.tb.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		m.tb.Fatalf("%s: %s: %v: %s", operation, response.Status, err, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		m.tb.Fatalf("%s: %v", operation, err)
	}
}
