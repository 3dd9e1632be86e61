package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRespond gives the handler events and documents that nobody has written.
// Whatever they are, the response is one of the protocol.
func FuzzRespond(f *testing.F) {
	files, err := filepath.Glob("testdata/events/*.event.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var c struct{ Event, Payload json.RawMessage }
		if err := json.Unmarshal(src, &c); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(c.Event), []byte(c.Payload))
	}
	var document []byte
	r := newRig(f, nil, func(o *Options) {
		o.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			return payloadTransport(document).RoundTrip(r)
		})
	})
	f.Fuzz(func(t *testing.T, event, payload []byte) {
		document = payload
		r.log.Reset()
		r.decisions = nil
		out, err := r.Invoke(context.Background(), event)
		if err != nil {
			t.Fatal(err)
		}
		checkResponse(t, out)
		if bytes.Contains(r.log.Bytes(), []byte(`"msg":"panic"`)) {
			t.Errorf("panic: %s", r.log.String())
		}
	})
}
