package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

type testArgs struct {
	UseCase string `arg:"" name:"usecase" optional:""`
	JSON    bool   `name:"json"`
}

// result is what came of an event.
type result struct {
	UseCase  string `json:"use_case"`
	Function string `json:"function"`
	Event    string `json:"event"`
	Passed   bool   `json:"passed"`
	Result   string `json:"result"`
	Cold     string `json:"cold_ms,omitempty"`
	Warm     string `json:"warm_ms,omitempty"`
	MiB      int64  `json:"memory_mib,omitempty"`
	message  string
}

// test calls functions with the events that are kept for them.
func (c *Command) test(ctx context.Context, args *testArgs) (int, error) {
	list := useCases()
	if args.UseCase != "" {
		u, err := useCase(args.UseCase)
		if err != nil {
			return 0, err
		}
		list = []local.UseCase{u}
	}
	root, err := awstest.Root()
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "fsxn-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cloud, err := local.Start()
	if err != nil {
		return 0, err
	}
	var results []result
	for _, u := range list {
		of, err := c.testUseCase(ctx, cloud, u.Name, filepath.Join(root, "testdata", "events", u.Name), dir)
		if err != nil {
			return 0, err
		}
		results = append(results, of...)
	}
	if args.JSON {
		err = json.NewEncoder(c.Stdout).Encode(results)
	} else {
		err = c.tellResults(results)
	}
	if slices.ContainsFunc(results, func(r result) bool { return !r.Passed }) {
		return exitFindings, err
	}
	return exitClean, err
}

func (c *Command) testUseCase(ctx context.Context, cloud *local.Cloud, name, events, dir string) ([]result, error) {
	u, err := (&stackArgs{}).useCase(name, true)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(events, "*.json"))
	if err != nil {
		return nil, err
	}
	program, err := c.build(ctx, u, dir)
	if err != nil {
		return nil, err
	}
	var out []result
	tested := map[string]bool{}
	for _, file := range files {
		event := eventName(file)
		handler, variant, _ := strings.Cut(event, ".")
		tested[handler] = true
		r := result{UseCase: name, Function: handler, Event: event}
		if !slices.Contains(u.Names(), handler) {
			r.Result, r.message = "no function", "want the name of a function before the first dot: "+strings.Join(u.Names(), ", ")
			out = append(out, r)
			continue
		}
		if err := guarded(func() error { return testEvent(ctx, cloud, u, program, file, variant, &r) }); err != nil {
			r.Result, r.message = "not run", err.Error()
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		out = append(out, r)
	}
	for _, handler := range u.Names() {
		if !tested[handler] {
			out = append(out, result{UseCase: name, Function: handler, Result: "no event", message: "want testdata/events/" + name + "/" + handler + ".json"})
		}
	}
	return out, nil
}

// testEvent calls a function twice with an event.
func testEvent(ctx context.Context, cloud *local.Cloud, u local.UseCase, program, file, variant string, r *result) error {
	event, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := isJSON(filepath.Base(file), event); err != nil {
		return err
	}
	w, err := cloud.New(ctx, u)
	if err != nil {
		return err
	}
	defer w.Close()
	const objects = 3
	if err := prepare(w, u, objects, r.Event); err != nil {
		return err
	}
	got, err := invokeProgram(ctx, w, r.Function, program, event, 2)
	if err != nil {
		return err
	}
	r.MiB = got.Memory >> 20
	r.Cold = milliseconds(got.Times[0])
	if len(got.Times) > 1 {
		r.Warm = milliseconds(got.Times[1])
	}
	want, fails := strings.CutPrefix(variant, "fails-")
	switch {
	case fails && got.Kind == want:
		r.Passed, r.Result = true, "fails: "+want
	case fails:
		r.Result, r.message = "not "+want, or(got.Message, "it succeeded")
	case got.Kind == "":
		r.Passed, r.Result = true, "ok"
	case len(got.Times) > 1:
		r.Result, r.message = got.Kind, "the second call with the same event: "+got.Message
	default:
		r.Result, r.message = got.Kind, got.Message
	}
	return nil
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// tellResults writes a table, and below it why something has not passed.
func (c *Command) tellResults(results []result) error {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "USE CASE\tEVENT\tRESULT\tCOLD ms\tWARM ms\tMiB")
	failed := 0
	for _, r := range results {
		memory := ""
		if r.MiB > 0 {
			memory = fmt.Sprint(r.MiB)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.UseCase, or(r.Event, r.Function), r.Result, r.Cold, r.Warm, memory)
		if !r.Passed {
			failed++
		}
	}
	_ = w.Flush() // to memory
	// Colours come after the columns, whose widths they would change.
	for i, line := range slices.Collect(strings.Lines(table.String())) {
		line = strings.TrimRight(line, " \n")
		switch {
		case i == 0:
			line = c.paint(faint, line)
		case !results[i-1].Passed:
			line = c.paint(red, line)
		}
		if _, err := fmt.Fprintln(c.Stdout, line); err != nil {
			return err
		}
	}
	for _, r := range results {
		if r.message != "" && !r.Passed {
			if _, err := fmt.Fprintf(c.Stdout, "%s %s: %s\n", r.UseCase, or(r.Event, r.Function), r.message); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(c.Stdout, "%d events and functions, %d failed\n", len(results), failed)
	return err
}
