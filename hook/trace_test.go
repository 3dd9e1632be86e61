package hook

import (
	"context"
	"encoding/json"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

const sampledHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:1"

// subsegment is what the daemon gets.
type subsegment struct {
	Name        string         `json:"name"`
	ID          string         `json:"id"`
	TraceID     string         `json:"trace_id"`
	ParentID    string         `json:"parent_id"`
	Type        string         `json:"type"`
	Start       float64        `json:"start_time"`
	End         float64        `json:"end_time"`
	Fault       bool           `json:"fault"`
	Annotations map[string]any `json:"annotations"`
}

// TestTrace receives the subsegment of a call as the X-Ray daemon does.
func TestTrace(t *testing.T) {
	t.Parallel()
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	address := daemon.LocalAddr().String()
	r := newRig(t, nil, func(o *Options) {
		o.Config.Tracing, o.TraceDaemon = TracingXRay, "tcp:127.0.0.1:1 udp:"+address
		o.TraceHeader = func(context.Context) string { return sampledHeader }
	})
	receive := func() (subsegment, string) {
		t.Helper()
		if err := daemon.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		packet := make([]byte, 64<<10)
		n, _, err := daemon.ReadFrom(packet)
		if err != nil {
			t.Fatal(err)
		}
		header, body, _ := strings.Cut(string(packet[:n]), "\n")
		var s subsegment
		if err := json.Unmarshal([]byte(body), &s); err != nil || header != `{"format":"json","version":1}` {
			t.Fatalf("%v: %s", err, packet[:n])
		}
		return s, body
	}
	expectBlocked(t, r, bareBucket())
	s, body := receive()
	if s.TraceID != "1-5759e988-bd862e3fe1be46a994272793" || s.ParentID != "53995c3f42cd8ad8" || len(s.ID) != 16 ||
		s.Name != "guardhook RESOURCE" || s.Type != "subsegment" || s.End < s.Start || s.Start < 1e9 || s.Fault {
		t.Errorf("%s", body)
	}
	a := s.Annotations
	if a["status"] != "FAILED" || a["rules_blocked"] != "BUCKET_ENCRYPTED" || a["target_type"] != "AWS::S3::Bucket" || a["error_code"] != "NonCompliant" ||
		!strings.HasPrefix(a["policy_digest"].(string), "sha256:") {
		t.Errorf("%s", body)
	}
	for name := range a {
		if !regexp.MustCompile(`^[A-Za-z0-9_]+$`).MatchString(name) {
			t.Errorf("%s is no name of an annotation", name)
		}
	}
	noSecrets(t, "subsegment", body)
	r.respond(context.Background(), []byte("no event"))
	if s, body := receive(); !s.Fault || s.Name != "guardhook UNKNOWN" {
		t.Errorf("%s", body)
	}
	if strings.Contains(r.log.String(), "not traced") {
		t.Errorf("%s", r.log.String())
	}
}

// TestTraceFaults judges calls that cannot be traced, and says so where they
// should be.
func TestTraceFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tracing, header, daemon, want string }{
		"off":         {TracingOff, sampledHeader, "", ""},
		"not sampled": {TracingXRay, strings.Replace(sampledHeader, "Sampled=1", "Sampled=0", 1), "", ""},
		"no header":   {TracingXRay, "", "127.0.0.1:2000", ""},
		"bad root":    {TracingXRay, "Root=1-x;Parent=53995c3f42cd8ad8;Sampled=1", "127.0.0.1:2000", "the tracing header is not understood"},
		"no parent":   {TracingXRay, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "127.0.0.1:2000", "the tracing header is not understood"},
		"no daemon":   {TracingXRay, sampledHeader, "", "AWS_XRAY_DAEMON_ADDRESS"},
		"odd daemon":  {TracingXRay, sampledHeader, "daemon", "AWS_XRAY_DAEMON_ADDRESS"},
		"bad daemon":  {TracingXRay, sampledHeader, "127.0.0.1:port", "cannot be reached"},
	} {
		r := newRig(t, nil, func(o *Options) {
			o.Config.Tracing, o.TraceDaemon = c.tracing, c.daemon
			o.TraceHeader = func(context.Context) string { return c.header }
		})
		expectBlocked(t, r, bareBucket())
		log := r.log.String()
		if strings.Contains(log, "a call was not traced") != (c.want != "") || !strings.Contains(log, c.want) {
			t.Errorf("%s: %s", name, log)
		}
	}
}
