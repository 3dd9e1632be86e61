package autonomousdriving_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/fsxns3ap/guardhook/internal/asl"
	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/route"
	"github.com/fsxns3ap/guardhook/lambda/internal/route/routetest"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// load reads the template.
func load(t *testing.T) (*template.Template, []byte) {
	t.Helper()
	src, err := os.ReadFile("../../templates/usecases/autonomous-driving.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Load("autonomous-driving.yaml", src, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl, src
}

// resolved reads the properties of a resource that is deployed with values of
// parameters, and the defaults of the others.
func resolved(t *testing.T, resource string, values map[string]string, into any) {
	t.Helper()
	tmpl, _ := load(t)
	pinned := map[string]string{}
	for _, p := range tmpl.Parameters {
		if p.Default != nil {
			pinned[p.Name] = *p.Default
		}
	}
	maps.Copy(pinned, values)
	all, err := validate.Resolve(tmpl, pinned, resource)
	if err != nil || len(all) != 1 {
		t.Fatal(resource, len(all), err)
	}
	text, err := json.Marshal(asl.Typed(all[0].Properties))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(resource, err)
	}
}

// states are the first states of the paths.
var states = route.States{
	route.BatchTransform: "BatchTransform", route.RealtimeEndpoint: "RealtimeInference",
	route.ServerlessInference: "ServerlessInference", route.InferenceComponents: "ComponentsInference",
}

// TestRoute: in every deployment, the state chooses what the function chooses, for
// every input; and it is the state that the package makes for that deployment.
func TestRoute(t *testing.T) {
	t.Parallel()
	for deployed := range 8 {
		on, has := map[string]string{"EnableInference": "true"}, route.States{route.BatchTransform: states[route.BatchTransform]}
		for i, way := range []struct {
			flag string
			path route.Path
		}{
			{"EnableRealtimeEndpoint", route.RealtimeEndpoint}, {"EnableServerlessEndpoint", route.ServerlessInference}, {"EnableInferenceComponents", route.InferenceComponents},
		} {
			if deployed&(1<<i) != 0 {
				on[way.flag], has[way.path] = "true", states[way.path]
			}
		}
		var machine struct {
			Definition struct{ States map[string]json.RawMessage }
		}
		resolved(t, "Workflow", on, &machine)
		definition := machine.Definition
		for path, state := range states {
			if _, there := definition.States[state]; there != (has[path] != "") {
				t.Errorf("%v: %s is there: %v", has, state, there)
			}
		}
		if deployed == 0 {
			if _, there := definition.States["Route"]; there || !strings.Contains(string(definition.States["AnyClouds"]), `"Default":"BatchTransform"`) {
				t.Errorf("there is nothing to choose: %s", definition.States["AnyClouds"])
			}
			continue
		}
		want, err := has.Choice("$.clouds")
		if err != nil {
			t.Fatal(err)
		}
		var got route.Choice
		if err := json.Unmarshal(definition.States["Route"], &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", has, diff)
		}
		rapid.Check(t, func(t *rapid.T) {
			limits := rapid.SampledFrom([]int64{0, 4<<20 - 1, 4 << 20, 4<<20 + 1, 6<<20 - 1, 6 << 20, 6<<20 + 1})
			in := route.Input{
				InferenceType:  rapid.OneOf(rapid.SampledFrom([]string{route.None, route.Provisioned, route.Serverless, route.Components}), rapid.String()).Draw(t, "type"),
				BatchThreshold: rapid.Int64Range(1, 10_000).Draw(t, "threshold"), MaxBytes: rapid.OneOf(limits, rapid.Int64()).Draw(t, "bytes"),
			}
			near := rapid.Map(rapid.Int64Range(-2, 2), func(by int64) int64 { return in.BatchThreshold + by })
			in.FileCount = rapid.OneOf(near, rapid.Int64Range(0, 20_000)).Draw(t, "count")
			text, err := json.Marshal(map[string]any{"clouds": in})
			if err != nil {
				t.Fatal(err)
			}
			doc := json.NewDecoder(strings.NewReader(string(text)))
			doc.UseNumber()
			var state any
			if err := doc.Decode(&state); err != nil {
				t.Fatal(err)
			}
			next, err := routetest.Evaluate(definition.States["Route"], state)
			if want := states[has.Choose(in)]; err != nil || next != want {
				t.Fatalf("%+v: the state goes to %q, the function to %q, %v", in, next, want, err)
			}
		})
	}
}

// TestTemplate: each function of the template is one of the program, and each of
// the program is in the template.
func TestTemplate(t *testing.T) {
	t.Parallel()
	_, src := load(t)
	var text struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				Handler string `yaml:"Handler"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(src, &text); err != nil {
		t.Fatal(err)
	}
	handlers := map[string]bool{}
	for _, r := range text.Resources {
		if r.Type == "AWS::Lambda::Function" {
			handlers[r.Properties.Handler] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(autonomousdriving.Functions())), slices.Sorted(maps.Keys(handlers))); diff != "" {
		t.Errorf("-program +template:\n%s", diff)
	}
}

// TestRule: the rule lets the ends of the stack's jobs through, whose names the
// functions make, and nothing else.
func TestRule(t *testing.T) {
	t.Parallel()
	w := flow(t)
	var rule struct{ EventPattern any }
	resolved(t, "JobEnded", map[string]string{
		"AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "EnableInference": "true",
	}, &rule)
	got, err := json.Marshal(rule.EventPattern)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"detail":{"TransformJobName":[{"prefix":"ad-0a1b2c3d4e5f-"}],"TransformJobStatus":["Completed","Failed","Stopped"]},` +
		`"detail-type":["SageMaker Transform Job State Change"],"source":["aws.sagemaker"]}`
	if string(got) != want {
		t.Errorf("%s", got)
	}
	for _, function := range []string{"StartJob", "EndJob"} {
		if env := w.Environment(function); !slices.Contains(env, "JOB_PREFIX=ad-0a1b2c3d4e5f-") {
			t.Errorf("%s: %v", function, env)
		}
	}
}

// TestInvokePermissions: names in ARNs of SageMaker are in small letters, whatever
// the stack is called, so that only Ref knows them.
func TestInvokePermissions(t *testing.T) {
	t.Parallel()
	var role struct{ Policies json.RawMessage }
	resolved(t, "InvokeRole", map[string]string{
		"EnableInference": "true", "EnableRealtimeEndpoint": "true", "EnableServerlessEndpoint": "true", "EnableInferenceComponents": "true",
		"AWS::StackName": "MyStack",
	}, &role)
	if text := string(role.Policies); !strings.Contains(text, "sagemaker:InvokeEndpoint") || strings.Contains(text, "MyStack") {
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
	on := map[string]string{"EnableInference": "true", "EnableServerlessEndpoint": "true"}
	number := func(resource string, take func(map[string]any) any) int {
		t.Helper()
		var properties map[string]any
		resolved(t, resource, on, &properties)
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
	var machine struct {
		Definition struct {
			States map[string]struct {
				TimeoutSeconds int
				Catch          []struct {
					ErrorEquals []string
					Next        string
				}
			}
		}
	}
	resolved(t, "Workflow", map[string]string{"EnableInference": "true"}, &machine)
	job := machine.Definition.States["BatchTransform"]
	if len(job.Catch) != 2 || job.Catch[0].Next != "Rest" || fmt.Sprint(job.Catch[0].ErrorEquals) != "[TransformJobFailed States.Timeout]" || job.TimeoutSeconds == 0 {
		t.Errorf("%+v", job)
	}
}
