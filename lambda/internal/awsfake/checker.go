package awsfake

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/fsxns3ap/guardhook/internal/awstest"
)

//go:embed check.py
var checkSource string

// CheckSource is the program of a Checker, which is also a Python module: its
// function wrong takes a service, an operation and a body.
func CheckSource() string { return checkSource }

// Checker compares answers with the service models of botocore. It costs half a
// second to start, so a package has one.
type Checker struct {
	mu      sync.Mutex
	process *awstest.Python
}

// StartChecker starts a checker, which ends when the program does.
func StartChecker() (*Checker, error) {
	process, err := awstest.StartPython(checkSource)
	if err != nil {
		return nil, err
	}
	return &Checker{process: process}, nil
}

// Must returns what a package of tests has started. It panics if that failed.
func Must[T any](started T, err error) T {
	if err != nil {
		panic(err)
	}
	return started
}

// Check fails a test if a body is none that an operation of a service returns, by
// the names that botocore has for them. It returns the answer with the body.
func (c *Checker) Check(tb TB, service, operation, body string) Answer {
	tb.Helper()
	wrong, err := c.ask(service, operation, body)
	if err != nil {
		tb.Fatal(err)
	}
	if wrong != "" {
		tb.Fatal(fmt.Sprintf("%s %s: %s", service, operation, wrong))
	}
	return Answer{Body: body}
}

func (c *Checker) ask(service, operation, body string) (wrong string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	question, err := json.Marshal([]string{service, operation, body})
	if err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(c.process.In, "%s\n", question); err != nil {
		return "", fmt.Errorf("checker: %w", err)
	}
	line, err := c.process.Out.ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("checker: %w", err)
	}
	return wrong, json.Unmarshal(line, &wrong)
}
