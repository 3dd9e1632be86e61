// Package awstest runs AWS for tests: moto, with what it lacks for CloudFormation
// hooks. Its server checks requests and responses of CloudFormation against the
// service model of botocore.
//
// It needs .tools/python, which "make python" installs.
package awstest

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

//go:embed server.py
var serverSource string

// Region is the Region of the tests.
const Region = "eu-west-1"

// Server is one server, which many accounts share. It costs a second or two to
// start, so a package has one.
type Server struct {
	url      *url.URL
	accounts atomic.Int64
	process  *Python // ends with it
}

// Start starts a server, which ends when the program does.
func Start() (*Server, error) {
	p, err := StartPython(serverSource)
	if err != nil {
		return nil, err
	}
	host, err := p.Address()
	if err != nil {
		return nil, err
	}
	return &Server{url: &url.URL{Scheme: "http", Host: host}, process: p}, nil
}

// Python is a program in the Python that has moto and botocore. It ends when In is
// closed, and with the program that started it.
type Python struct {
	In  io.WriteCloser
	Out *bufio.Reader
	cmd *exec.Cmd
}

// StartPython starts a program, with arguments. Its standard error is that of the
// tests.
func StartPython(source string, args ...string) (*Python, error) {
	path, err := interpreter()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, append([]string{"-c", source}, args...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &Python{In: stdin, Out: bufio.NewReader(stdout), cmd: cmd}, cmd.Start()
}

// Address reads the port that a server writes first. It returns host and port.
func (p *Python) Address() (string, error) {
	line, err := p.Out.ReadString('\n')
	port, badPort := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || badPort != nil {
		return "", errors.Join(errors.New("the server does not start"), err, badPort, p.In.Close(), p.cmd.Wait())
	}
	return fmt.Sprintf("127.0.0.1:%d", port), nil
}

// interpreter returns the Python that has moto and botocore, which is below the
// root of the module.
func interpreter() (string, error) {
	dir, err := Root()
	if err != nil {
		return "", err
	}
	python := filepath.Join(dir, ".tools", "python", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return "", fmt.Errorf("%w: run \"make python\"", err)
	}
	return python, nil
}

// Root returns the root of the module, at or above the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working directory: the checkout is where it works")
		}
		dir = filepath.Dir(dir)
	}
}

// Account is an AWS account of a test's own, behind a proxy that counts calls and
// can make them fail.
type Account struct {
	// ID is the id of the account.
	ID string
	// URL is the endpoint of all services.
	URL    string
	server *Server

	mu     sync.Mutex
	calls  []string
	faults map[int]Fault // by number of the call, from 0
}

// Fault is an answer in place of that of AWS.
type Fault struct {
	Status int
	Code   string
	// After lets AWS do the call, and loses the answer.
	After bool
}

// Denied is an error that is not tried again.
func Denied() Fault { return Fault{Status: http.StatusForbidden, Code: "AccessDenied"} }

// Lost is a call that is done and whose answer is an error.
func Lost() Fault { return Fault{Status: http.StatusForbidden, Code: "AccessDenied", After: true} }

// Throttled is an error that is tried again.
func Throttled() Fault { return Fault{Status: http.StatusServiceUnavailable, Code: "Throttling"} }

// Account returns a new, empty account.
func (s *Server) Account(tb testing.TB) *Account {
	tb.Helper()
	a := &Account{ID: fmt.Sprintf("%012d", 100000000000+s.accounts.Add(1)), server: s, faults: map[int]Fault{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.url)
		r.Out.Host = r.In.Host
		r.Out.Header.Set("X-Moto-Account-Id", a.ID)
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, ok := a.take(r)
		switch {
		case !ok:
			proxy.ServeHTTP(w, r)
		default:
			if fault.After {
				proxy.ServeHTTP(httptest.NewRecorder(), r)
			}
			fault.write(w, r)
		}
	}))
	tb.Cleanup(front.Close)
	a.URL = front.URL
	return a
}

// write answers in the protocol of the request.
func (f Fault) write(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(f.Status)
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		_, _ = fmt.Fprintf(w, `{"__type": %q, "message": "injected"}`, f.Code)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code><Message>injected</Message></Error></ErrorResponse>", f.Code)
	default:
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>injected</Message></Error>", f.Code)
	}
}

// take notes a call, and returns the fault that is meant for it.
func (a *Account) take(r *http.Request) (Fault, bool) {
	name := r.Method + " " + r.URL.Path
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		name = target[strings.LastIndexByte(target, '.')+1:]
	} else if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			if form, err := url.ParseQuery(string(body)); err == nil {
				name = form.Get("Action")
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	fault, ok := a.faults[len(a.calls)]
	a.calls = append(a.calls, name)
	return fault, ok
}

// Fail makes the call of a number, from 0 and counted from now, fail.
func (a *Account) Fail(number int, f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls, a.faults = nil, map[int]Fault{number: f}
}

// Calls returns the names of the calls since Fail or Calls, and forgets them and
// the faults.
func (a *Account) Calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	calls := a.calls
	a.calls, a.faults = nil, map[int]Fault{}
	return calls
}

// Environ is an environment in which programs use the account.
func (a *Account) Environ() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + a.URL, "AWS_REGION=" + Region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=secret-of-the-test",
	}
}

// Seed puts results of hooks in place, in the form of the service's GetHookResult.
func (a *Account) Seed(tb testing.TB, results []map[string]any) {
	tb.Helper()
	body, err := json.Marshal(map[string]any{"account": a.ID, "region": Region, "results": results})
	if err != nil {
		tb.Fatal(err)
	}
	response, err := http.Post(a.server.url.JoinPath("_seed").String(), "application/json", bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusNoContent {
		tb.Fatal(response.Status, err)
	}
}
