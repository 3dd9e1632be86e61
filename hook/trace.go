package hook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"
)

// TracingXRay is the value of Config.Tracing that sends a subsegment of each
// call to the X-Ray daemon; TracingOff sends none.
const (
	TracingOff  = "off"
	TracingXRay = "xray"
)

// Limits of a subsegment, of X-Ray:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
const (
	maxTraceName       = 200
	maxTraceAnnotation = 1000
)

// traceHeader is what a subsegment takes over of a tracing header.
type traceHeader struct {
	root, parent string
	sampled      bool
}

// parseTraceHeader reads "Root=1-...;Parent=...;Sampled=1".
func parseTraceHeader(text string) (traceHeader, error) {
	var t traceHeader
	for _, part := range strings.Split(text, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Root":
			t.root = value
		case "Parent":
			t.parent = value
		case "Sampled":
			t.sampled = value == "1"
		}
	}
	if !t.sampled {
		return t, nil
	}
	if !isTraceID(t.root) || !isSegmentID(t.parent) {
		return t, errors.New("the tracing header is not understood")
	}
	return t, nil
}

func isTraceID(s string) bool   { return match(`1-[0-9a-f]{8}-[0-9a-f]{24}`, s) }
func isSegmentID(s string) bool { return match(`[0-9a-f]{16}`, s) }

func match(pattern, s string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(s)
}

// subsegment is a document of X-Ray. Times are seconds since 1970.
type subsegment struct {
	Name        string         `json:"name"`
	ID          string         `json:"id"`
	TraceID     string         `json:"trace_id"`
	ParentID    string         `json:"parent_id"`
	Type        string         `json:"type"`
	Start       float64        `json:"start_time"`
	End         float64        `json:"end_time"`
	Fault       bool           `json:"fault,omitempty"`
	Annotations map[string]any `json:"annotations"`
}

// trace sends the subsegment of a call. A call that is not sampled has none;
// what goes wrong is logged, and changes no verdict.
func (h *Handler) trace(ctx context.Context, d *Decision, started time.Time) {
	if h.opts.Config.Tracing != TracingXRay {
		return
	}
	if err := h.sendTrace(ctx, d, started); err != nil {
		h.opts.Log.ErrorContext(ctx, "a call was not traced", "reason", err.Error())
	}
}

func (h *Handler) sendTrace(ctx context.Context, d *Decision, started time.Time) error {
	header, err := parseTraceHeader(h.opts.TraceHeader(ctx))
	if err != nil || !header.sampled {
		return err
	}
	address, err := daemonAddress(h.opts.TraceDaemon)
	if err != nil {
		return err
	}
	body, err := json.Marshal(d.subsegment(header, started))
	if err != nil {
		return fmt.Errorf("subsegment: %w", err)
	}
	// A datagram: nobody answers, and nothing is waited for.
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", address)
	if err != nil {
		return errors.New("the X-Ray daemon cannot be reached")
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(append([]byte("{\"format\":\"json\",\"version\":1}\n"), body...)); err != nil {
		return errors.New("the X-Ray daemon cannot be reached")
	}
	return nil
}

func (d *Decision) subsegment(h traceHeader, started time.Time) subsegment {
	seconds := func(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
	return subsegment{
		Name: cut("guardhook "+pathSafe(string(d.Kind), unknownTarget), maxTraceName), ID: randomHex(8), TraceID: h.root, ParentID: h.parent,
		Type: "subsegment", Start: seconds(started), End: seconds(started.Add(d.Duration)),
		Fault: d.Status == Failed && d.ErrorCode != NonCompliant,
		Annotations: map[string]any{
			"status": string(d.Status), "error_code": string(d.ErrorCode), "target_type": d.targetType(), "policy_digest": d.Digest,
			"rules_blocked": cut(strings.Join(d.blocked(), " "), maxTraceAnnotation),
		},
	}
}

// daemonAddress reads AWS_XRAY_DAEMON_ADDRESS: "host:port", or
// "tcp:host:port udp:host:port".
func daemonAddress(text string) (string, error) {
	address := text
	for _, part := range strings.Fields(text) {
		if udp, ok := strings.CutPrefix(part, "udp:"); ok {
			address = udp
		}
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return "", errors.New("the address of the X-Ray daemon (AWS_XRAY_DAEMON_ADDRESS) is missing or not understood; is active tracing on?")
	}
	return address, nil
}
