package awsfake

import (
	"errors"
	"io"
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

// TestRespond: the last answer for a name counts, with * for a part of it; and what
// has none is somebody else's.
func TestRespond(t *testing.T) {
	t.Parallel()
	s := New(t)
	s.Answer("POST /model/*/converse", Answer{Body: "first"})
	s.Respond("POST /model/*/converse", func(c Call) Answer { return Answer{Body: string(c.Body), Header: map[string]string{"X-More": "yes"}} })
	s.Answer("POST /none")
	s.Rest(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("rest of " + Service(r)))
	}))
	client := s.Config().HTTPClient
	for path, want := range map[string]string{"/model/a:0/converse": "asked", "/model/a/b/converse": "rest of bedrock", "/none": `{"__type":"NotImplemented","message":"POST /none"}`} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://bedrock-runtime.eu-west-1.amazonaws.com"+path, strings.NewReader("asked"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/bedrock/aws4_request, SignedHeaders=host, Signature=b")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || string(body) != want || (want == "asked") != (response.Header.Get("X-More") == "yes") {
			t.Errorf("%s: %s %v", path, body, err)
		}
	}
}

// TestStart: a server of a program, as its children reach it.
func TestStart(t *testing.T) {
	t.Parallel()
	s, end := Start("ap", "b")
	defer end()
	s.Bucket("b") // it is there
	s.Put("b", "k", []byte("x"))
	s.Put("b", "l", []byte("xy"))
	s.Delete("b", "k")
	written := s.Objects("b", "")
	if diff := cmp.Diff([]Object{{Bucket: "b", Key: "l", Size: 2, Modified: written[0].Modified}}, written); diff != "" || len(s.Keys("b", "z")) != 0 || len(s.Buckets()) != 2 {
		t.Error(diff, s.Buckets())
	}
	s.Put("b", "l", []byte("yx"))
	if s.Objects("b", "")[0] == written[0] {
		t.Error("an object that was written again is the same")
	}
	s.Fail("GET b/x", Answer{})
	if unused := s.Unused(); len(unused) != 1 || unused[0] != "GET b/x" {
		t.Error(unused)
	}
	env := strings.Join(s.Environment(), " ")
	if !strings.Contains(env, "HTTP_PROXY=http://"+s.Addr()) {
		t.Error(env)
	}
	for host, want := range map[string]string{"vol-ext-s3alias.s3.aws.test": "/vol-ext-s3alias", "ap-111122223333.s3.aws.test": "/ap", "b-1.s3.aws.test": "/b-1"} {
		if got, ok := bucketOf(host); !ok || got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "put c/k") {
			t.Error(err)
		}
	}()
	s.Put("c", "k", nil)
}
