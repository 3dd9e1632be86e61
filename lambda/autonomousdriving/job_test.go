package autonomousdriving_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	driving "github.com/fsxns3ap/guardhook/lambda/autonomousdriving/autonomousdrivinglocal"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
)

// TestJobThatFailsForOne: a cloud that fails the job of a run does not cost the
// others their answers, and only it is found again.
func TestJobThatFailsForOne(t *testing.T) {
	t.Parallel()
	w := flow(t)
	w.Seed(8)
	w.Put(driving.Source, "drive/odd.pcd", pointcloudtest.PCD(pointcloudtest.Binary, pointcloudtest.Scan(200)))
	var asked []int
	fails := true
	var jobs sync.WaitGroup
	w.Cleanup(jobs.Wait)
	w.Respond(driving.CreateJob, func(c awsfake.Call) awsfake.Answer {
		job, err := driving.JobOf(c)
		if err != nil {
			t.Error(err)
		}
		_, run, _ := strings.Cut(job.Output.Path, "/inference/")
		run = strings.TrimSuffix(run, "/")
		var manifest []any
		if err := json.Unmarshal(w.Get(w.Name("Output"), "runs/"+run+"/model-input.manifest"), &manifest); err != nil {
			t.Error(err)
		}
		asked = append(asked, len(manifest)-1)
		status := "Completed"
		if fails {
			status = "Failed"
			for _, key := range manifest[1:] {
				if key != "drive/odd.pcd" {
					w.Put(w.Name("Output"), "inference/"+run+"/"+key.(string)+".out", []byte(driving.Segmented()))
				}
			}
		}
		jobs.Go(func() {
			if err := driving.Run(w, c, status, "AlgorithmError: see the log"); err != nil {
				t.Error(err)
			}
		})
		return driving.Created(c)
	})
	e := w.Execute("first", nil)
	if e.Status != "FAILED" || e.Error != "TransformJobFailed" || !strings.Contains(e.Cause, "AlgorithmError") || e.Count("Annotate") != 1 || len(e.Empty()) > 0 {
		t.Fatalf("%s %s %s %v %v", e.Status, e.Error, e.Cause, e.States, e.Empty())
	}
	told := w.Contents().Messages["autonomous-driving-topic"]
	if len(told) != 2 || !strings.Contains(told[1].Body, "TransformJobFailed in execution first") {
		t.Errorf("told: %v", told)
	}
	var sum autonomousdriving.Summary
	if err := json.Unmarshal(w.Get(w.Name("Output"), "annotations/first/summary.json"), &sum); err != nil || sum.Segmentation.Clouds != 6 || sum.Segmentation.Missing != 1 {
		t.Errorf("%+v %v", sum.Segmentation, err)
	}
	fails = false
	e = w.Execute("second", nil)
	if e.Status != "SUCCEEDED" || fmt.Sprint(asked) != "[7 1]" || e.Count("Frames") != 0 {
		t.Errorf("%s %s, asked for %v", e.Status, e.Error, asked)
	}
	if e = w.Execute("third", nil); e.Status != "SUCCEEDED" || len(asked) != 2 {
		t.Errorf("%s %s, asked for %v", e.Status, e.Error, asked)
	}
}
