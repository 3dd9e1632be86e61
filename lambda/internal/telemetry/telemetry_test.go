package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

func now() time.Time { return time.UnixMilli(1700000000123) }

func TestEmit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := telemetry.NewMetrics(&out, now).With("UseCase", "uc").With("FunctionName", "f")
	if err := m.Emit(map[string]any{"key": "a<b"}, telemetry.Metric{"Files", telemetry.Count, 2}, telemetry.Metric{"Latency", telemetry.Milliseconds, 1.5}); err != nil {
		t.Fatal(err)
	}
	want := `{"Files":2,"FunctionName":"f","Latency":1.5,"UseCase":"uc","_aws":{"CloudWatchMetrics":[{"Dimensions":[["FunctionName","UseCase"]],` +
		`"Metrics":[{"Name":"Files","Unit":"Count"},{"Name":"Latency","Unit":"Milliseconds"}],"Namespace":"FSxN-S3AP-Patterns"}],` +
		`"Timestamp":1700000000123},"key":"a\u003cb"}` + "\n"
	if out.String() != want {
		t.Errorf("%s\nwant %s", out.String(), want)
	}
	out.Reset()
	if err := telemetry.NewMetrics(&out, now).Emit(nil, telemetry.Metric{"A", telemetry.Bytes, 1}); err != nil || !strings.Contains(out.String(), `"Dimensions":[[]]`) {
		t.Errorf("%v %s", err, out.String())
	}
}

func TestEmitRefuses(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := telemetry.NewMetrics(&out, now).With("UseCase", "uc")
	one := telemetry.Metric{"A", telemetry.None, 1}
	wide := m
	for i := range 30 {
		wide = wide.With(fmt.Sprintf("D%d", i), "x")
	}
	many := make([]telemetry.Metric, 101)
	for i := range many {
		many[i] = telemetry.Metric{fmt.Sprintf("M%d", i), telemetry.Count, 1}
	}
	for name, err := range map[string]error{
		"none": m.Emit(nil), "twice": m.Emit(nil, one, one), "dimension": m.Emit(nil, telemetry.Metric{"UseCase", telemetry.Count, 1}),
		"property": m.Emit(map[string]any{"A": 1}, one), "name": m.Emit(nil, telemetry.Metric{"a b", telemetry.Count, 1}),
		"nan": m.Emit(nil, telemetry.Metric{"A", telemetry.Count, math.NaN()}), "inf": m.Emit(nil, telemetry.Metric{"A", telemetry.Count, math.Inf(1)}),
		"empty": m.With("D", "").Emit(nil, one), "long": m.With("D", strings.Repeat("x", 1025)).Emit(nil, one), "wide": wide.Emit(nil, one),
		"many": m.Emit(nil, many...), "reserved": m.Emit(map[string]any{"_aws": 1}, one), "unmarshalable": m.Emit(map[string]any{"f": func() {}}, one),
		"dimension name": m.With("a b", "x").Emit(nil, one),
	} {
		if failure.Of(err) != failure.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("written: %s", out.String())
	}
}

// chunks remembers each write.
type chunks struct{ writes []string }

func (c *chunks) Write(p []byte) (int, error) {
	c.writes = append(c.writes, string(p))
	return len(p), nil
}

func TestLines(t *testing.T) {
	t.Parallel()
	var c chunks
	w := telemetry.Lines(&c)
	log, m := telemetry.NewLogger(w), telemetry.NewMetrics(w, now)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { log.Info("x", "n", 1) })
		wg.Go(func() {
			if err := m.Emit(nil, telemetry.Metric{"A", telemetry.Count, 1}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(c.writes) != 100 {
		t.Errorf("%d writes", len(c.writes))
	}
	for _, line := range c.writes {
		if !json.Valid([]byte(line)) || !strings.HasSuffix(line, "\n") {
			t.Errorf("%q", line)
		}
	}
}

type document struct {
	Name     string
	ID       string
	TraceID  string `json:"trace_id"`
	ParentID string `json:"parent_id"`
	Fault    bool
	Kind     struct{ Kind string } `json:"annotations"`
}

func TestDo(t *testing.T) {
	t.Parallel()
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	var out bytes.Buffer
	tracer := &telemetry.Tracer{Daemon: daemon.LocalAddr().String(), Log: telemetry.NewLogger(&out), Now: now}
	const root, parent = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	ctx, cancel := context.WithCancel(tracer.Enter(t.Context(), "Root="+root+";Parent="+parent+";Sampled=1"))
	refused := failure.New(failure.NotFound, "x")
	if err := tracer.Do(ctx, "outer", func(ctx context.Context) error {
		cancel()
		return tracer.Do(ctx, "inner", func(context.Context) error { return refused })
	}); !errors.Is(err, refused) {
		t.Error(err)
	}
	inner, outer := receive(t, daemon), receive(t, daemon)
	if inner.Name != "inner" || inner.ParentID != outer.ID || inner.TraceID != root || !inner.Fault || inner.Kind.Kind != "NotFound" || outer.Name != "outer" || outer.ParentID != parent {
		t.Errorf("%+v %+v", inner, outer)
	}
	// Nothing is sent, and the step runs, without a daemon, unsampled and with a bad header.
	tracer.Daemon = "nowhere"
	for _, c := range []context.Context{ctx, tracer.Enter(t.Context(), "Sampled=0"), tracer.Enter(t.Context(), "Sampled=1")} {
		ran := false
		if err := tracer.Do(c, "step", func(context.Context) error { ran = true; return nil }); err != nil || !ran {
			t.Errorf("%v %t", err, ran)
		}
	}
	if strings.Count(out.String(), "is not traced") != 2 {
		t.Error(out.String())
	}
}

func receive(t *testing.T, daemon net.PacketConn) document {
	t.Helper()
	packet := make([]byte, 4096)
	n, _, err := daemon.ReadFrom(packet)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := bytes.Cut(packet[:n], []byte("\n"))
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out).With("function", "f")
	log.InfoContext(telemetry.WithRequest(t.Context(), "r-1"), "one", "n", 1)
	log.WithGroup("g").Info("two", "n", 2)
	for _, want := range []string{`"msg":"one","function":"f","n":1,"requestId":"r-1"}`, `"msg":"two","function":"f","g":{"n":2}}`} {
		line, err := out.ReadString('\n')
		if err != nil || !strings.HasSuffix(strings.TrimSpace(line), want) {
			t.Errorf("%s, want %s", line, want)
		}
	}
}
