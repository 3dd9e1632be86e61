package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/local"
)

type invokeArgs struct {
	UseCase  string `arg:"" name:"usecase"`
	Function string `arg:"" name:"function"`
	Event    string `required:"" placeholder:"FILE"`
	Binary   string `placeholder:"FILE"`
	stackArgs
}

// invoke calls a function once.
func (c *Command) invoke(ctx context.Context, args *invokeArgs) (int, error) {
	u, err := args.useCase(args.UseCase, true)
	if err != nil {
		return 0, err
	}
	if err := function(u, args.Function); err != nil {
		return 0, err
	}
	event, err := c.readFile(args.Event)
	if err != nil {
		return 0, err
	}
	if err := isJSON(args.Event, event); err != nil {
		return 0, err
	}
	program := args.Binary
	if program == "" {
		dir, err := os.MkdirTemp("", "fsxn-")
		if err != nil {
			return 0, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if program, err = c.build(ctx, u, dir); err != nil {
			return 0, err
		}
	}
	cloud, err := local.Start()
	if err != nil {
		return 0, err
	}
	var out call
	var unused error
	err = guarded(func() error {
		w, err := cloud.New(ctx, u)
		if err != nil {
			return err
		}
		defer w.Close()
		if err := prepare(w, u, args.Objects, eventName(args.Event)); err != nil {
			return err
		}
		if err := args.throttle(w); err != nil {
			return err
		}
		if out, err = invokeProgram(ctx, w, args.Function, program, event, 1); err != nil {
			return err
		}
		unused = args.refused(w)
		return nil
	})
	if err != nil {
		return 0, err
	}
	if code, err := c.tellCall(out); err != nil || unused == nil {
		return code, err
	}
	return 0, unused
}

// eventName is what UseCase.Prepare knows an event by.
func eventName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".json") }

// prepare makes what an event refers to.
func prepare(w *local.World, u local.UseCase, objects int, event string) error {
	w.Seed(objects)
	if u.Prepare == nil {
		return nil
	}
	if err := u.Prepare(w, event); err != nil {
		return fmt.Errorf("%s: what the event %s refers to: %w", u.Name, event, err)
	}
	return nil
}

// tellCall writes the answer of a call, and how it was.
func (c *Command) tellCall(out call) (int, error) {
	for line := range strings.Lines(out.Log) {
		if _, err := fmt.Fprintf(c.Stderr, "log: %s\n", strings.TrimRight(line, "\n")); err != nil {
			return 0, err
		}
	}
	memory := ""
	if out.Memory > 0 {
		memory = fmt.Sprintf(", at most %d MiB", out.Memory>>20)
	}
	if _, err := fmt.Fprintf(c.Stderr, "%s ms with the start%s\n", milliseconds(out.Times[0]), memory); err != nil {
		return 0, err
	}
	if out.Kind != "" {
		_, err := fmt.Fprintf(c.Stderr, "fsxn: the function failed: %s: %s\n", out.Kind, out.Message)
		return exitFindings, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, out.Answer, "", "  "); err != nil {
		return 0, fmt.Errorf("the answer is no JSON: %w", err)
	}
	_, err := fmt.Fprintln(c.Stdout, text.String())
	return exitClean, err
}
