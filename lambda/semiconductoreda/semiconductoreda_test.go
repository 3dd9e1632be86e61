package semiconductoreda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/local"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
)

// What is started once: the checker of answers, and AWS for state machines.
var (
	checker *awsfake.Checker
	cloud   *local.Cloud
)

func TestMain(m *testing.M) {
	checker = awsfake.Must(awsfake.StartChecker())
	cloud = awsfake.Must(local.Start())
	os.Exit(m.Run())
}

// source is the access point.
const source = "eda-ext-s3alias"

// function opens a function.
func function(s *awsfake.Server, name string, env ...string) (*bootstrap.Program, *bytes.Buffer) {
	environ := append([]string{
		"_HANDLER=" + name, "USE_CASE=semiconductor-eda", "S3_ACCESS_POINT=" + source, "OUTPUT_BUCKET=output",
		"GLUE_DATABASE=db", "GLUE_TABLE=designs", "ATHENA_WORKGROUP=group", "SNS_TOPIC_ARN=" + topic,
	}, env...)
	var out bytes.Buffer
	return bootstrap.NewWith(s.Config(), semiconductoreda.Functions(), environ, &out, time.Now), &out
}

// ask calls a function and decodes its answer; the second result is the type of
// the error.
func ask[T any](t *testing.T, p *bootstrap.Program, event string) (T, string) {
	t.Helper()
	var out T
	text, err := p.Invoke(t.Context(), []byte(event))
	if refused, ok := err.(messages.InvokeResponse_Error); ok {
		return out, refused.Type
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out, ""
}

// event is an event of a run with more fields.
func event(format string, args ...any) string {
	return `{"run": "r1", "started": "2026-11-26T08:30:00Z"` + fmt.Sprintf(format, args...) + `}`
}

var (
	slow   = awsfake.Answer{Status: 503, Body: "<Error><Code>SlowDown</Code></Error>"}
	denied = awsfake.Answer{Status: 403, Body: "<Error><Code>AccessDenied</Code></Error>"}
)

// refusal is an error of a service with JSON.
func refusal(code string) awsfake.Answer {
	return awsfake.Answer{Status: 400, Type: code, Body: `{"__type": "` + code + `", "message": "x"}`}
}

// TestEvents: what no state machine sends is refused.
func TestEvents(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]string{
		"extract": {
			`{}`, `{"run": "a/b", "started": "2026-11-26T08:30:00Z", "part": "manifests/semiconductor-eda/r1/0000.json"}`,
			`{"run": "r1", "part": "manifests/semiconductor-eda/r1/0000.json"}`, event(``), event(`, "part": "reports/x"`),
			event(`, "part": "manifests/semiconductor-eda/../x"`),
		},
		"aggregate": {`{}`, `{"run": "r1"}`},
		"report":    {`{}`, event(``), event(`, "statistics": "statistics/dt=2026-11-26/r2.json"`)},
	} {
		p, _ := function(awsfake.New(t, source, "output"), name)
		for _, e := range events {
			if _, failed := ask[any](t, p, e); failed != "InvalidInput" {
				t.Errorf("%s %s: %s", name, e, failed)
			}
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{
		"find":      {"S3_ACCESS_POINT=", "OUTPUT_BUCKET=" + source},
		"extract":   {"S3_ACCESS_POINT=", "OUTPUT_BUCKET=X", "PARALLEL_FILES=0", "MAX_FILE_GIB=0", "MAX_HIERARCHY_MIB=x"},
		"commit":    {"S3_ACCESS_POINT="},
		"aggregate": {"GLUE_TABLE=", `GLUE_TABLE=a"b`, "GLUE_DATABASE=", "ATHENA_WORKGROUP=", "OUTPUT_BUCKET="},
		"report":    {"SNS_TOPIC_ARN=", "REPORT_LANGUAGE=Klingon", "SERVICE_REGIONS=s3=us-east-1", "OUTPUT_BUCKET="},
	} {
		for _, setting := range settings {
			p, _ := function(awsfake.New(t, source, "output"), name, setting)
			if _, failed := ask[any](t, p, event(``)); failed != "Configuration" {
				t.Errorf("%s %s: %s", name, setting, failed)
			}
		}
	}
}

// template is what tests look at in the template.
type template struct {
	Resources map[string]struct {
		Type       string `yaml:"Type"`
		Properties struct {
			Handler    string `yaml:"Handler"`
			TableInput struct {
				PartitionKeys     []column `yaml:"PartitionKeys"`
				StorageDescriptor struct {
					Columns []column `yaml:"Columns"`
				} `yaml:"StorageDescriptor"`
			} `yaml:"TableInput"`
		} `yaml:"Properties"`
	} `yaml:"Resources"`
}

type column struct {
	Name string `yaml:"Name"`
	Type string `yaml:"Type"`
}

func readTemplate(t *testing.T) template {
	t.Helper()
	src, err := os.ReadFile("../../templates/usecases/semiconductor-eda.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out template
	if err := yaml.Unmarshal(src, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTemplate: each function of the template is one of the program, and each of
// the program is in the template.
func TestTemplate(t *testing.T) {
	t.Parallel()
	var handlers []string
	for _, r := range readTemplate(t).Resources {
		if r.Type == "AWS::Lambda::Function" {
			handlers = append(handlers, r.Properties.Handler)
		}
	}
	slices.Sort(handlers)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(semiconductoreda.Functions())), handlers); diff != "" {
		t.Errorf("-program +template:\n%s", diff)
	}
}

// TestColumns: the table has a column for each field of a record.
func TestColumns(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(semiconductoreda.Record{Status: "INVALID", Reason: "x", Format: "GDSII", Design: &semiconductoreda.Design{}})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	var columns []string
	table := readTemplate(t).Resources["Table"].Properties.TableInput
	for _, c := range table.StorageDescriptor.Columns {
		columns = append(columns, c.Name)
	}
	slices.Sort(columns)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(fields)), columns); diff != "" {
		t.Errorf("-record +table:\n%s", diff)
	}
	if len(table.PartitionKeys) != 1 || table.PartitionKeys[0].Name != "dt" {
		t.Errorf("partitions: %v", table.PartitionKeys)
	}
}

// lines are the lines of an object.
func lines[T any](t *testing.T, content []byte) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(string(content)) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, one)
	}
	return out
}
