// Package local is AWS on one machine for a use case: its template's resources in
// moto and gofakes3, its functions in process, its state machine interpreted.
//
// A use case describes itself by a UseCase, which tests and the program fsxn use
// alike. What it promises is that settings, names and the definition of the state
// machine are those of the template, and that a call of a service that is not here
// is an error, never a success. Permissions, keys and quotas are not enforced.
package local

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/workflowtest"
)

// UseCase is what a use case needs beside its template.
type UseCase struct {
	// Name is that of its template in templates/usecases, its folder in
	// testdata/events, and its stack.
	Name string
	// Template is the template's file below the root of the module;
	// templates/usecases/<Name>.yaml if it is empty.
	Template string
	// Functions are those of its program, which run in process. Handlers are the names
	// of functions that only run by themselves.
	Functions bootstrap.Functions
	Handlers  []string
	// Package is the folder of its program below the root, without "/bootstrap".
	Package string
	// Parameters are values of the template's parameters; the others have their
	// defaults. AllOn are more of them, which turn on every feature that has
	// functions: calls of single functions are made with them.
	Parameters, AllOn map[string]string
	// Machine is the logical id of the state machine; "" if there is none.
	Machine string
	// Buckets are buckets, and aliases of access points, that are not in the
	// template.
	Buckets []string
	// Answers are those of services that are not here.
	Answers []Answer
	// Before, which may be nil, runs before the template is read: it may start
	// simulators and set parameters.
	Before func(*World) error
	// Seed makes a number of source objects.
	Seed func(w *World, objects int) error
	// Input is the input of the state machine.
	Input func(*World) any
	// Prepare, which may be nil, makes what the event of a file in testdata/events
	// refers to. It gets the file's name without ".json".
	Prepare func(w *World, event string) error
}

// Names are the names of the functions.
func (u *UseCase) Names() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(u.Functions)), u.Handlers...)))
}

// KeyArn is a key that templates may name.
const KeyArn = "arn:aws:kms:" + awstest.Region + ":111122223333:key/11111111-2222-3333-4444-555555555555"

// Answer is what a service answers that is not here.
type Answer struct {
	// Service and Operation have botocore's names ("rekognition", "DetectLabels"):
	// by its model the answer is checked.
	Service, Operation string
	// Call is the name of the call, as awsfake has it, with * as in path.Match.
	Call string
	// Body is the answer; Make, if it is not nil, makes one for each call.
	Body string
	Make func(awsfake.Call) string
}

// Cloud is a process that Worlds share. It costs some seconds to start.
type Cloud struct {
	server *workflowtest.Server
	root   string
}

// Start starts a process, which ends when the program does.
func Start() (*Cloud, error) {
	root, err := awstest.Root()
	if err != nil {
		return nil, err
	}
	server, err := workflowtest.Start()
	return &Cloud{server: server, root: root}, err
}

// Machines interprets definitions that are in no World.
func (c *Cloud) Machines() *workflowtest.Server { return c.server }

// file is the template's file.
func (u *UseCase) file(root string) string {
	if u.Template != "" {
		return filepath.Join(root, filepath.FromSlash(u.Template))
	}
	return filepath.Join(root, "templates", "usecases", u.Name+".yaml")
}

// TB is what a World needs of a test.
type TB interface {
	awsfake.TB
	Context() context.Context
}

// Open makes a World for a test, with resources and answers, and without objects.
func (c *Cloud) Open(tb TB, u UseCase) *World {
	tb.Helper()
	w := c.world(tb.Context(), u, func(err error) { tb.Helper(); tb.Fatal(err) })
	tb.Cleanup(w.Close)
	if err := w.make(); err != nil {
		tb.Fatal(err)
	}
	return w
}

// New makes a World for a program, which closes it. Methods that return no error
// panic.
func (c *Cloud) New(ctx context.Context, u UseCase) (w *World, err error) {
	w = c.world(ctx, u, func(err error) { panic(err) })
	if err := w.make(); err != nil {
		w.Close()
		return nil, fmt.Errorf("local stack of %s: %w", u.Name, err)
	}
	return w, nil
}
