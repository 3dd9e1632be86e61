package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the expected responses")

// TestEvents answers every event of testdata/events. An event file has the
// event and, for stacks and change sets, the document behind its URL; the
// response is expected in the file beside it.
func TestEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/events/*.event.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d events: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".event.json"), func(t *testing.T) {
			t.Parallel()
			c := readJSON(t, file)
			r := newRig(t, nil, func(o *Options) {
				if p, ok := c["payload"]; ok {
					o.Transport = payloadTransport(encodeJSON(t, p))
				}
				if c["strict"] == true {
					o.Config.Strict = true
				}
			})
			out, err := r.Invoke(context.Background(), encodeJSON(t, c["event"]))
			if err != nil {
				t.Fatal(err)
			}
			checkResponse(t, out)
			var got bytes.Buffer
			if err := json.Indent(&got, out, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			golden := strings.TrimSuffix(file, ".event.json") + ".response.json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s:\n%s\nwant:\n%s", file, got.String(), want)
			}
		})
	}
}
