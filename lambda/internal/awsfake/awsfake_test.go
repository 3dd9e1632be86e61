package awsfake

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// TestChecker: what botocore does not know is told.
func TestChecker(t *testing.T) {
	t.Parallel()
	c := Must(StartChecker())
	if got := c.Check(t, "athena", "StopQueryExecution", "{}"); got.Body != "{}" {
		t.Error(got)
	}
	for _, x := range []struct{ service, operation, body, want string }{
		{"bedrock-runtime", "Converse", ConverseAnswer("end_turn", "x"), ""},
		{"bedrock-runtime", "Converse", ConverseAnswer("ended", "x"), "'ended' is none of"},
		{"bedrock-runtime", "Converse", `{"stopReason": "end_turn"}`, "Missing required parameter"},
		{"athena", "GetQueryExecution", `{"QueryExecution": {"Status": {"State": "DONE"}}}`, "$.QueryExecution.Status.State: 'DONE'"},
		{"athena", "StartQueryExecution", `{"QueryId": "q"}`, "Unknown parameter"},
		{"rekognition", "DetectLabels", `{"Labels": [{"Confidence": "high"}]}`, "Invalid type"},
		{"rekognition", "DetectLabels", `{"OrientationCorrection": "ROTATE_1"}`, "none of"},
	} {
		if got, err := c.ask(x.service, x.operation, x.body); err != nil || !strings.Contains(got, x.want) || (x.want == "") != (got == "") {
			t.Errorf("%s: %q, %v", x.body, got, err)
		}
	}
}

func TestBucketOf(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"vol-ext-s3alias.s3.eu-west-1.amazonaws.com":                 "/vol-ext-s3alias",
		"my-vol-111122223333.s3-accesspoint.eu-west-1.amazonaws.com": "/my-vol",
		"s3.eu-west-1.amazonaws.com":                                 "",
	} {
		if got, ok := bucketOf(host); !ok || got != want {
			t.Errorf("%s: %q, %t", host, got, ok)
		}
	}
	if _, ok := bucketOf("athena.eu-west-1.amazonaws.com"); ok {
		t.Error("Athena is S3")
	}
}

// TestS3: objects, what is sent of them, and faults.
func TestS3(t *testing.T) {
	t.Parallel()
	s := New(t, "first", "second")
	s.Put("first", "k", []byte("0123456789"))
	if err := s.Store("second").Write(t.Context(), "k", "text/plain", []byte("x"), objects.Condition{}); err != nil {
		t.Fatal(err)
	}
	if got := string(s.Get("second", "k")); got != "x" || s.Get("second", "none") != nil {
		t.Error(got)
	}
	if got, _, err := s.Store("first").Read(t.Context(), "k", "", 10); err != nil || len(got) != 10 || s.Served() != 10 {
		t.Errorf("%s, %v, %d sent", got, err, s.Served())
	}
	done := false
	s.OnFail(func() { done = true })
	s.Fail("GET first", Answer{Status: http.StatusForbidden})
	s.Break("GET first", 4)
	for range 2 {
		if _, _, err := s.Store("first").Read(t.Context(), "k", "", 10); err == nil || !done {
			t.Error(err, done)
		}
	}
	var names []string
	s.Peek(func(c Call) { names = append(names, c.Name) })
	if diff := cmp.Diff([]string{"PUT second/k", "GET first/k", "GET first/k", "GET first/k"}, names); diff != "" || len(s.Calls()) != 4 || len(s.Calls()) != 0 {
		t.Error(diff)
	}
}

// TestAnswers: one after the other, the last one again; other calls are refused.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := New(t)
	client := athena.NewFromConfig(s.Config())
	s.Answer("AmazonAthena.StartQueryExecution", Answer{Body: `{"QueryExecutionId": "1"}`}, Answer{Body: `{"QueryExecutionId": "2"}`})
	got := ""
	sql := "SELECT 1"
	for range 3 {
		out, err := client.StartQueryExecution(t.Context(), &athena.StartQueryExecutionInput{QueryString: &sql})
		if err != nil {
			t.Fatal(err)
		}
		got += *out.QueryExecutionId
	}
	if got != "122" {
		t.Error(got)
	}
	_, err := client.ListWorkGroups(t.Context(), &athena.ListWorkGroupsInput{})
	var code interface{ ErrorCode() string }
	if !errors.As(err, &code) || code.ErrorCode() != "NotImplemented" {
		t.Error(err)
	}
	s.Answer("AmazonAthena.ListWorkGroups", Answer{Status: 400, Type: "InvalidRequestException", Body: "{}"})
	if _, err = client.ListWorkGroups(t.Context(), &athena.ListWorkGroupsInput{}); !errors.As(err, &code) || code.ErrorCode() != "InvalidRequestException" {
		t.Error(err)
	}
}
