package xray_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/internal/xray"
)

const (
	root   = "1-5759e988-bd862e3fe1be46a994272793"
	parent = "53995c3f42cd8ad8"
)

func TestParseHeader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]xray.Header{
		"": {}, "Root=" + root + ";Sampled=0": {Root: root},
		"Root=" + root + "; Parent=" + parent + ";Sampled=1;Lineage=a": {Root: root, Parent: parent, Sampled: true},
	} {
		if got, err := xray.ParseHeader(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"Sampled=1", "Root=" + root + ";Sampled=1", "Root=x;Parent=" + parent + ";Sampled=1", "Root=" + root + "0;Parent=" + parent + ";Sampled=1"} {
		if _, err := xray.ParseHeader(text); err == nil {
			t.Errorf("%q is understood", text)
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	start := time.UnixMilli(1500)
	s := xray.Subsegment{
		Name: "read", ID: "70de5b6f19ff9a0a", Parent: xray.Header{Root: root, Parent: parent, Sampled: true},
		Start: start, End: start.Add(time.Second), Fault: true, Annotations: map[string]any{"kind": "NotFound"},
	}
	for _, address := range []string{daemon.LocalAddr().String(), "tcp:127.0.0.1:1 udp:" + daemon.LocalAddr().String()} {
		if err := xray.Send(t.Context(), address, s); err != nil {
			t.Fatal(err)
		}
		packet := make([]byte, 4096)
		n, _, err := daemon.ReadFrom(packet)
		want := `{"format":"json","version":1}` + "\n" + `{"name":"read","id":"70de5b6f19ff9a0a","trace_id":"` + root + `","parent_id":"` + parent +
			`","type":"subsegment","start_time":1.5,"end_time":2.5,"fault":true,"annotations":{"kind":"NotFound"}}`
		if err != nil || string(packet[:n]) != want {
			t.Errorf("%v: %s", err, packet[:n])
		}
	}
	for _, address := range []string{"", "nowhere"} {
		if err := xray.Send(t.Context(), address, s); err == nil || !strings.Contains(err.Error(), "AWS_XRAY_DAEMON_ADDRESS") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := xray.Send(t.Context(), "127.0.0.1:no-such-port", s); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Error(err)
	}
	if a, b := xray.NewID(), xray.NewID(); a == b || len(a) != 16 {
		t.Error(a, b)
	}
}
