package autonomousdriving_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/internal/asl"
	"github.com/fsxns3ap/guardhook/validate"
)

// TestInvokePermissions: names in ARNs of SageMaker are in small letters, whatever
// the stack is called, so that only Ref knows them.
func TestInvokePermissions(t *testing.T) {
	t.Parallel()
	tmpl, _ := load(t)
	pinned := map[string]string{}
	for _, p := range tmpl.Parameters {
		if p.Default != nil {
			pinned[p.Name] = *p.Default
		}
	}
	for _, flag := range []string{"EnableInference", "EnableRealtimeEndpoint", "EnableServerlessEndpoint", "EnableInferenceComponents"} {
		pinned[flag] = "true"
	}
	pinned["AWS::StackName"] = "MyStack"
	all, err := validate.Resolve(tmpl, pinned, "InvokeRole")
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	text, err := json.Marshal(asl.Typed(all[0].Properties["Policies"]))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "sagemaker:InvokeEndpoint") || strings.Contains(string(text), "MyStack") {
		t.Errorf("%s", text)
	}
}

func matches(t *testing.T, pattern, text string) bool {
	t.Helper()
	form, err := regexp.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return form.MatchString(text)
}

// TestFrameIntervals: the template takes what the function takes.
func TestFrameIntervals(t *testing.T) {
	t.Parallel()
	_, src := load(t)
	_, rest, _ := strings.Cut(string(src), "\n  FrameInterval:\n")
	_, rest, _ = strings.Cut(rest, "AllowedPattern: ")
	pattern, _, _ := strings.Cut(rest, "\n")
	for text, want := range map[string]bool{
		"1s": true, "60s": true, "100ms": true, "9999ms": true, "0s": false, "61s": false, "99ms": false, "0100ms": false, "": false, "1m": false,
	} {
		if got := matches(t, pattern, text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		s := dataWorld(t)
		s.Put("files", "a.mp4", dataClip(1).MP4())
		if _, failed, _ := frames(t, s, dataPart(t, s, "videos", "a.mp4"), "FRAME_INTERVAL="+text); want && failed != "" {
			t.Errorf("%q: %s", text, failed)
		}
	}
}

// TestServerlessConcurrency: the workflow does not make more calls at once than the
// endpoint takes, or it would be refused and give way to a job.
func TestServerlessConcurrency(t *testing.T) {
	t.Parallel()
	tmpl, _ := load(t)
	pinned := map[string]string{}
	for _, p := range tmpl.Parameters {
		if p.Default != nil {
			pinned[p.Name] = *p.Default
		}
	}
	pinned["EnableInference"], pinned["EnableServerlessEndpoint"] = "true", "true"
	number := func(resource string, take func(map[string]any) any) int {
		t.Helper()
		all, err := validate.Resolve(tmpl, pinned, resource)
		if err != nil || len(all) != 1 {
			t.Fatal(len(all), err)
		}
		var properties map[string]any
		text, err := json.Marshal(asl.Typed(all[0].Properties))
		if err == nil {
			err = json.Unmarshal(text, &properties)
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(fmt.Sprint(take(properties)))
		if err != nil {
			t.Fatal(resource, err)
		}
		return n
	}
	at := func(v any, path ...string) any {
		for _, name := range path {
			v = v.(map[string]any)[name]
		}
		return v
	}
	slices := number("Workflow", func(p map[string]any) any {
		return at(p, "Definition", "States", "ServerlessInference", "MaxConcurrency")
	})
	parallel := number("InvokeServerless", func(p map[string]any) any { return at(p, "Environment", "Variables", "PARALLEL") })
	takes := number("ServerlessConfiguration", func(p map[string]any) any {
		return at(p["ProductionVariants"].([]any)[0], "ServerlessConfig", "MaxConcurrency")
	})
	if slices*parallel > takes {
		t.Errorf("%d slices, each of %d calls, and the endpoint takes %d", slices, parallel, takes)
	}
}

// TestJobThatTakesTooLong: a job that is not waited for any more goes the same way as
// one that failed, of which TestJobThatFailsForOne tells where it leads.
func TestJobThatTakesTooLong(t *testing.T) {
	t.Parallel()
	tmpl, _ := load(t)
	pinned := map[string]string{}
	for _, p := range tmpl.Parameters {
		if p.Default != nil {
			pinned[p.Name] = *p.Default
		}
	}
	pinned["EnableInference"] = "true"
	all, err := validate.Resolve(tmpl, pinned, "Workflow")
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	text, err := json.Marshal(asl.Typed(all[0].Properties["Definition"]))
	if err != nil {
		t.Fatal(err)
	}
	var definition struct {
		States map[string]struct {
			TimeoutSeconds int
			Catch          []struct {
				ErrorEquals []string
				Next        string
			}
		}
	}
	if err := json.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	job := definition.States["BatchTransform"]
	if len(job.Catch) != 2 || job.Catch[0].Next != "Rest" || fmt.Sprint(job.Catch[0].ErrorEquals) != "[TransformJobFailed States.Timeout]" || job.TimeoutSeconds == 0 {
		t.Errorf("%+v", job)
	}
}
