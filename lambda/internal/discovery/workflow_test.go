package discovery_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/workflowtest"
)

// workflows is started once.
var workflows *workflowtest.Server

func TestMain(m *testing.M) {
	workflows = awsfake.Must(workflowtest.Start())
	os.Exit(m.Run())
}

type partEvent struct {
	Part string `json:"part"`
}

// openProcess is what a use case does with a part.
func openProcess(p *bootstrap.Platform) (func(context.Context, partEvent) (discovery.Outcome, error), error) {
	store := objects.New(s3.NewFromConfig(p.AWS), p.Settings.Bucket("OUTPUT_BUCKET"))
	return func(ctx context.Context, e partEvent) (discovery.Outcome, error) {
		return discovery.Each(ctx, store, e.Part, 4, func(ctx context.Context, o objects.Object) error {
			if o.Key == "busy" && o.Size == 0 {
				return nil // its turn has come
			}
			return process(ctx, o)
		})
	}, p.Settings.Err()
}

// TestWorkflow: a run with an object that cannot be processed and a part that
// fails, and the next one, which finds that part alone.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	s := server(t, "a", "b", "bad", "busy", "z")
	all := bootstrap.Functions{
		"find":    discovery.OpenFind(discovery.Defaults{Name: "uc", PartObjects: 2}),
		"process": bootstrap.Handle(openProcess),
		"commit":  discovery.OpenCommit(discovery.Defaults{Name: "uc", PartObjects: 2}),
	}
	invoke := func(name string) workflowtest.Function {
		environ := []string{"_HANDLER=" + name, "S3_ACCESS_POINT=files", "OUTPUT_BUCKET=outputs"}
		return bootstrap.NewWith(s.Config(), all, environ, io.Discard, func() time.Time { return time.Now().Add(time.Hour) }).Invoke
	}
	m := workflows.Machine(t, "testdata/workflow.yaml", "Workflow", map[string]workflowtest.Function{
		"Find": invoke("find"), "Process": invoke("process"), "Commit": invoke("commit"),
	})
	e := m.Execute("first", []byte("{}"))
	if e.Status != "FAILED" || e.Error != "PartsFailed" || strings.Count(strings.Join(e.States, " "), "Lost") != 1 {
		t.Errorf("%+v", e)
	}
	var failures []discovery.Failure
	if err := json.Unmarshal(s.Get("outputs", "failures/uc/first/0001.json"), &failures); err == nil {
		t.Errorf("the part that failed has %v", failures)
	}
	// The parts of the first run were a+b, bad+busy and z.
	expect(t, find(t, finder(s), "look"), "bad", "busy")
	s.Put("files", "busy", nil)
	e = m.Execute("second", []byte("{}"))
	want := map[string]any{"run": "second", "processed": 1.0, "failed": 1.0, "parts_failed": 0.0}
	if diff := cmp.Diff(want, e.Output["committed"]); e.Status != "SUCCEEDED" || diff != "" {
		t.Errorf("%+v\n%s", e, diff)
	}
	if err := json.Unmarshal(s.Get("outputs", "failures/uc/second/0000.json"), &failures); err != nil || len(failures) != 1 || failures[0].Key != "bad" {
		t.Errorf("%+v, %v", failures, err)
	}
	expect(t, find(t, finder(s), "third"))
}
