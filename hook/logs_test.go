package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// logsServer is CloudWatch Logs as far as the hook uses it. It refuses what the
// service model does not allow: members, names, numbers of events.
type logsServer struct {
	tb  testing.TB
	url string
	// reject has the service take requests and not keep the events.
	reject bool

	mu     sync.Mutex
	groups map[string]map[string][]string // messages by group and stream
	calls  []string
	// keys are the access keys that requests were signed with.
	keys map[string]bool
}

func newLogsServer(t *testing.T, groups ...string) *logsServer {
	t.Helper()
	l := &logsServer{tb: t, groups: map[string]map[string][]string{}, keys: map[string]bool{}}
	for _, g := range groups {
		l.groups[g] = map[string][]string{}
	}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

// open is an Options.OpenLogs.
func (l *logsServer) open(_ context.Context, c *Credentials) (LogStore, error) {
	opts := cloudwatchlogs.Options{
		BaseEndpoint: aws.String(l.url), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAFUNCTION", "b", ""),
	}
	if c != nil {
		opts.Credentials = c
	}
	return cloudwatchlogs.New(opts), nil
}

// logsRequest has the members of the three requests in the service model.
type logsRequest struct {
	LogGroupName  string `json:"logGroupName"`
	LogStreamName string `json:"logStreamName"`
	LogEvents     []struct {
		Message   string `json:"message"`
		Timestamp *int64 `json:"timestamp"`
	} `json:"logEvents"`
}

var (
	groupPattern  = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
	streamPattern = regexp.MustCompile(`^[^:*]{1,512}$`)
	keyPattern    = regexp.MustCompile(`Credential=([^/]+)/`)
)

func (l *logsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "Logs_20140328.")
	l.calls = append(l.calls, operation)
	if key := keyPattern.FindStringSubmatch(r.Header.Get("Authorization")); key != nil {
		l.keys[key[1]] = true
	}
	var in logsRequest
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		l.tb.Errorf("%s: %v", operation, err)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if fault := l.answer(operation, &in); fault != "" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"about https://logs.eu-west-1.amazonaws.com"}`, fault)
		return
	}
	if l.reject && operation == "PutLogEvents" {
		_, _ = w.Write([]byte(`{"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1}}`))
		return
	}
	_, _ = w.Write([]byte(`{}`))
}

func (l *logsServer) answer(operation string, in *logsRequest) (fault string) {
	streams, there := l.groups[in.LogGroupName]
	if !groupPattern.MatchString(in.LogGroupName) || operation != "CreateLogGroup" && !streamPattern.MatchString(in.LogStreamName) {
		return "InvalidParameterException"
	}
	switch operation {
	case "CreateLogGroup":
		if there {
			return "ResourceAlreadyExistsException"
		}
		l.groups[in.LogGroupName] = map[string][]string{}
	case "CreateLogStream":
		if !there {
			return "ResourceNotFoundException"
		}
		if _, ok := streams[in.LogStreamName]; ok {
			return "ResourceAlreadyExistsException"
		}
		streams[in.LogStreamName] = []string{}
	case "PutLogEvents":
		if _, ok := streams[in.LogStreamName]; !ok {
			return "ResourceNotFoundException"
		}
		if len(in.LogEvents) == 0 {
			return "InvalidParameterException"
		}
		for _, e := range in.LogEvents {
			if e.Message == "" || e.Timestamp == nil {
				return "InvalidParameterException"
			}
			streams[in.LogStreamName] = append(streams[in.LogStreamName], e.Message)
		}
	default:
		return "UnknownOperationException"
	}
	return ""
}

// messages returns what a group has, by stream.
func (l *logsServer) messages(group string) map[string][]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.groups[group]
}

// requests returns the operations since it was last called.
func (l *logsServer) requests() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := strings.Join(l.calls, " ")
	l.calls = nil
	return out
}
