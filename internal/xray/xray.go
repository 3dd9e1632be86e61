// Package xray sends subsegments of Lambda calls to the X-Ray daemon that Lambda
// runs beside a function with active tracing.
//
// It promises that a call that is not sampled costs nothing, and that nothing is
// waited for: a subsegment is one datagram, which may be lost. Where and when to
// trace is the caller's to decide.
package xray

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"
)

// Limits of a subsegment, of X-Ray:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
const (
	// MaxName is how long a name is, in bytes.
	MaxName = 200
	// MaxAnnotation is how long the text of an annotation is, in bytes.
	MaxAnnotation = 1000
)

// Header is what a subsegment takes over of a tracing header.
type Header struct {
	Root, Parent string
	Sampled      bool
}

// ParseHeader reads "Root=1-...;Parent=...;Sampled=1". A header that is sampled
// and lacks an id is an error; without a header, nothing is sampled.
func ParseHeader(text string) (Header, error) {
	var h Header
	for _, part := range strings.Split(text, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Root":
			h.Root = value
		case "Parent":
			h.Parent = value
		case "Sampled":
			h.Sampled = value == "1"
		}
	}
	if h.Sampled && !(match(`1-[0-9a-f]{8}-[0-9a-f]{24}`, h.Root) && match(`[0-9a-f]{16}`, h.Parent)) {
		return h, errors.New("the tracing header is not understood")
	}
	return h, nil
}

func match(pattern, s string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(s)
}

// Subsegment is a document of X-Ray.
type Subsegment struct {
	Name        string
	ID          string // NewID makes it
	Parent      Header
	Start, End  time.Time
	Fault       bool
	Annotations map[string]any
}

// NewID returns an id for a subsegment.
func NewID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// MarshalJSON implements json.Marshaler. Times are seconds since 1970.
func (s Subsegment) MarshalJSON() ([]byte, error) {
	seconds := func(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
	return json.Marshal(struct {
		Name        string         `json:"name"`
		ID          string         `json:"id"`
		TraceID     string         `json:"trace_id"`
		ParentID    string         `json:"parent_id"`
		Type        string         `json:"type"`
		Start       float64        `json:"start_time"`
		End         float64        `json:"end_time"`
		Fault       bool           `json:"fault,omitempty"`
		Annotations map[string]any `json:"annotations,omitempty"`
	}{s.Name, s.ID, s.Parent.Root, s.Parent.Parent, "subsegment", seconds(s.Start), seconds(s.End), s.Fault, s.Annotations})
}

// Send sends a subsegment to the daemon, whose address is the text of
// AWS_XRAY_DAEMON_ADDRESS.
func Send(ctx context.Context, daemon string, s Subsegment) error {
	address, err := daemonAddress(daemon)
	if err != nil {
		return err
	}
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("subsegment: %w", err)
	}
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

// daemonAddress reads "host:port", or "tcp:host:port udp:host:port".
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
