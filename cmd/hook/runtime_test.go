package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/lambdaruntime"
)

// runEnv makes the test binary be the program.
const runEnv = "RUN_HOOK_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is the hook as a process under a Lambda Runtime API.
type program struct {
	t              *testing.T
	ctx            context.Context
	api            *lambdaruntime.API
	process        *lambdaruntime.Process
	stdout, stderr strings.Builder
}

func startProgram(t *testing.T, opts lambdaruntime.Options, env ...string) *program {
	t.Helper()
	api, err := lambdaruntime.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	p := &program{t: t, ctx: ctx, api: api}
	t.Cleanup(func() { cancel(); _ = api.Close() })
	if p.process, err = api.Start(ctx, os.Args[0], append([]string{runEnv + "=1"}, env...), &p.stdout, &p.stderr); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) ask(event string) hook.Response {
	p.t.Helper()
	answer, err := p.api.Invoke(p.ctx, []byte(event))
	if err != nil {
		p.process.Stop()
		p.t.Fatalf("%v: %s", err, p.stderr.String())
	}
	var r hook.Response
	if err := json.Unmarshal(answer.Body, &r); err != nil || answer.Fault {
		p.t.Errorf("%v: fault %t: %s", err, answer.Fault, answer.Body)
	}
	return r
}

// output stops the program and returns all that it wrote.
func (p *program) output() string {
	p.process.Stop()
	return p.stdout.String() + p.stderr.String()
}

// TestRuntime runs the program under a Lambda Runtime API: good and bad events,
// one after the other.
func TestRuntime(t *testing.T) {
	t.Parallel()
	p := startProgram(t, lambdaruntime.Options{Left: 5 * time.Second})
	for range 3 {
		if r := p.ask(event); r.Status != hook.Failed || r.ErrorCode != hook.NonCompliant || r.Token != "t" {
			t.Errorf("%+v", r)
		}
		for _, broken := range []string{"{}", "not JSON", `"text"`, "[1]", "null"} {
			if r := p.ask(broken); r.Status != hook.Failed || r.ErrorCode != hook.InternalFailure {
				t.Errorf("%s: %+v", broken, r)
			}
		}
	}
	out := p.output()
	if strings.Count(out, `"msg":"decision"`) != 18 || strings.Count(out, `"cold":true`) != 1 {
		t.Errorf("log: %s", out)
	}
	if strings.Contains(out, "planted") {
		t.Errorf("secrets: %s", out)
	}
}

// TestRecords runs the program with a decision log in S3 and tracing: each call
// is an object, and a subsegment for the daemon.
func TestRecords(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	if err := backend.CreateBucket(t.Context(), "records"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	const root = "1-5759e988-bd862e3fe1be46a994272793"
	p := startProgram(t, lambdaruntime.Options{TraceID: "Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1"},
		"GUARDHOOK_DECISION_LOG=s3://records/prefix/", "GUARDHOOK_TRACING=xray", "AWS_XRAY_DAEMON_ADDRESS="+daemon.LocalAddr().String(),
		"AWS_ENDPOINT_URL_S3="+server.URL, "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b")
	p.ask(event)
	list, err := backend.ListBucket(t.Context(), "records", &gofakes3.Prefix{HasPrefix: true, Prefix: "prefix/"}, gofakes3.ListBucketPage{})
	if err != nil || len(list.Contents) != 1 || !strings.Contains(list.Contents[0].Key, "/Acme__Policy__Hook/t-") {
		t.Fatalf("%v: %+v", err, list)
	}
	packet := make([]byte, 64<<10)
	if err := daemon.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, _, err := daemon.ReadFrom(packet)
	if err != nil || !strings.Contains(string(packet[:n]), `"trace_id":"`+root+`"`) {
		t.Errorf("%v: %s", err, packet[:n])
	}
	server.Close()
	if r := p.ask(event); r.ErrorCode != hook.NonCompliant {
		t.Errorf("%+v", r)
	}
	out := p.output()
	if !strings.Contains(out, "a decision was not recorded") || !strings.Contains(out, `"DecisionLogErrors":1`) || strings.Contains(out, "planted") {
		t.Errorf("log: %s", out)
	}
}
