package eventdriven_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/lambda/eventdriven"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/workflowtest"
)

// TestWorkflow executes the state machine of the template, with the functions
// behind it: what succeeds, what passes by itself, and what does not.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	answer := checker.Check(t, "rekognition", "DetectLabels", `{"Labels": [{"Name": "Shirt", "Confidence": 98.5}]}`)
	busy, denied := refusal("ThrottlingException"), refusal("AccessDeniedException")
	for name, c := range map[string]struct {
		labels []awsfake.Answer
		states string
		failed string
		calls  int
	}{
		"success":   {[]awsfake.Answer{answer}, "Process Report", "", 1},
		"throttled": {[]awsfake.Answer{busy, busy, answer}, "Process Report", "", 3},
		"to an end": {[]awsfake.Answer{busy}, "Process ReportFailure Failed", "Throttled", 5},
		"for good":  {[]awsfake.Answer{denied}, "Process ReportFailure Failed", "AccessDenied", 1},
	} {
		s := world(t)
		s.Answer(detect, c.labels...)
		var processed, reported bytes.Buffer
		m := workflows.Machine(t, "../../templates/usecases/event-driven.yaml", "Workflow", map[string]workflowtest.Function{
			"Processor": function(t, s, "processor", &processed).Invoke, "Reporter": function(t, s, "reporter", &reported).Invoke,
		})
		e := m.Execute("one", []byte(event("0A")))
		calls := 0
		for _, call := range s.Calls() {
			if call.Name == detect {
				calls++
			}
		}
		if got := strings.Join(e.States, " "); got != c.states || e.Error != c.failed || (e.Status == "SUCCEEDED") != (c.failed == "") || calls != c.calls {
			t.Errorf("%s: %+v, %d calls", name, e, calls)
		}
		told := `"Status":"SUCCESS"`
		if c.failed != "" {
			told = fmt.Sprintf(`"errorType":%q`, c.failed)
		}
		if strings.Count(reported.String(), `"Events":1`) != 1 || !strings.Contains(reported.String(), told) {
			t.Errorf("%s: %s", name, reported.String())
		}
	}
}

// TestReporterFails: the workflow fails too, with the error that came first.
func TestReporterFails(t *testing.T) {
	t.Parallel()
	s := world(t)
	for _, c := range []struct {
		labels awsfake.Answer
		failed string
	}{
		{checker.Check(t, "rekognition", "DetectLabels", `{}`), "Configuration"}, {refusal("AccessDeniedException"), "AccessDenied"},
	} {
		s.Answer(detect, c.labels)
		m := workflows.Machine(t, "../../templates/usecases/event-driven.yaml", "Workflow", map[string]workflowtest.Function{
			"Processor": function(t, s, "processor", &bytes.Buffer{}).Invoke, "Reporter": function(t, s, "no such handler", &bytes.Buffer{}).Invoke,
		})
		if e := m.Execute("one", []byte(event("0A"))); e.Status != "FAILED" || e.Error != c.failed {
			t.Errorf("%+v", e)
		}
		s = world(t)
	}
}

// TestTemplate: each function of the template is one of the program, and each of
// the program is in the template.
func TestTemplate(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../templates/usecases/event-driven.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				Handler string `yaml:"Handler"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(src, &template); err != nil {
		t.Fatal(err)
	}
	var handlers []string
	for _, r := range template.Resources {
		if r.Type == "AWS::Lambda::Function" {
			handlers = append(handlers, r.Properties.Handler)
		}
	}
	slices.Sort(handlers)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(eventdriven.Functions())), handlers); diff != "" {
		t.Errorf("-program +template:\n%s", diff)
	}
}
