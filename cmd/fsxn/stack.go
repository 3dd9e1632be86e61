package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// stackArgs are of commands that make a local stack.
type stackArgs struct {
	Parameters []string `sep:"none" placeholder:"KEY=VALUE"`
	Objects    int      `default:"3" placeholder:"N"`
	Throttle   []string `sep:"none" placeholder:"CALL[=N]"`
}

// useCase returns a use case with the parameters that are given.
func (a *stackArgs) useCase(name string, allOn bool) (local.UseCase, error) {
	u, err := useCase(name)
	if err != nil {
		return u, err
	}
	values := maps.Clone(u.Parameters)
	if values == nil {
		values = map[string]string{}
	}
	if allOn {
		maps.Copy(values, u.AllOn)
	}
	for _, given := range a.Parameters {
		key, value, ok := strings.Cut(given, "=")
		if !ok {
			return u, usagef("--parameters: %q: want KEY=VALUE", key)
		}
		values[key] = value
	}
	u.Parameters = values
	return u, nil
}

// throttle lets calls be refused.
func (a *stackArgs) throttle(w *local.World) error {
	for _, given := range a.Throttle {
		name, n := throttled(given)
		if n < 1 {
			return usagef("--throttle: %q: want CALL or CALL=N, with N of 1 or more", given)
		}
		w.Throttle(name, n)
	}
	return nil
}

// throttled are the call and the number of --throttle; a number that is none is 0.
func throttled(given string) (name string, n int) {
	i := strings.LastIndexByte(given, '=')
	if i < 0 {
		return given, 1
	}
	n, err := strconv.Atoi(given[i+1:])
	if err != nil {
		n = 0
	}
	return given[:i], n
}

// refused tells whether each of --throttle has met a call: a test of what happens when
// a service is busy was none otherwise.
func (a *stackArgs) refused(w *local.World) error {
	left := w.Unused()
	var out []string
	for _, given := range a.Throttle {
		name, n := throttled(given)
		unused := 0
		for _, other := range left {
			if other == name {
				unused++
			}
		}
		if unused >= n {
			out = append(out, fmt.Sprintf("--throttle %s: nothing was refused, since no call's name begins so", name))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return errors.New(strings.Join(out, "\n"))
}

// isJSON says where a file is no JSON.
func isJSON(name string, text []byte) error {
	var v any
	err := json.Unmarshal(text, &v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%s:%d: it is no JSON: %w", name, 1+bytes.Count(text[:syntax.Offset], []byte("\n")), err)
	}
	return err
}

// guarded calls a function that uses a local stack, whose methods panic when they
// cannot do what they are asked for.
func guarded(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(error)
			if !ok {
				failed = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
			err = failed
		}
	}()
	return do()
}

// build builds the program of a use case for this machine, and returns its file.
func (c *Command) build(ctx context.Context, u local.UseCase, dir string) (string, error) {
	root, err := awstest.Root()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, filepath.Base(u.Package))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags=lambda.norpc", "-o", file, "./"+u.Package+"/bootstrap")
	cmd.Dir, cmd.Env = root, append(c.Environ, "CGO_ENABLED=0", "GOFLAGS=")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build ./%s/bootstrap: %w\n%s", u.Package, err, output.String())
	}
	return file, nil
}

// call is what came of calls of a function.
type call struct {
	// Answer is that of the last call; Kind and Message are of its error.
	Answer        []byte
	Kind, Message string
	// Times are how long each call took, the first one with the start.
	Times  []time.Duration
	Memory int64 // in bytes, at most
	Log    string
}

// invokeProgram runs the program of a function for a number of calls, or until one
// fails.
func invokeProgram(ctx context.Context, w *local.World, name, program string, event []byte, calls int) (call, error) {
	var out call
	timeout, err := w.Timeout(name)
	if err != nil {
		return out, err
	}
	api, err := lambdaruntime.New(lambdaruntime.Options{Left: timeout})
	if err != nil {
		return out, err
	}
	defer func() { _ = api.Close() }()
	var log bytes.Buffer
	begin := time.Now()
	process, err := api.Start(ctx, program, append(w.Server.Environment(), w.Environment(name)...), &log, &log)
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout+10*time.Second)
	defer cancel()
	for range calls {
		answer, err := api.Invoke(ctx, event)
		if err != nil {
			process.Stop()
			return out, fmt.Errorf("%w\n%s", err, log.String())
		}
		out.Times = append(out.Times, time.Since(begin))
		begin = time.Now()
		out.Answer = answer.Body
		if answer.Fault {
			var fault struct{ ErrorType, ErrorMessage string }
			if err := json.Unmarshal(answer.Body, &fault); err != nil {
				return out, fmt.Errorf("the program reported an error that is no JSON: %w", err)
			}
			out.Kind, out.Message = fault.ErrorType, fault.ErrorMessage
			break
		}
	}
	memory, err := process.Memory()
	if err == nil { // it may have ended
		out.Memory = memory.Peak
	}
	process.Stop()
	out.Log = log.String()
	return out, nil
}

// readFile reads a file, or standard input for "-".
func (c *Command) readFile(name string) ([]byte, error) {
	if name != "-" {
		return os.ReadFile(name)
	}
	var b bytes.Buffer
	_, err := b.ReadFrom(c.Stdin)
	return b.Bytes(), err
}

func milliseconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds()*1000, 'f', 0, 64) }
