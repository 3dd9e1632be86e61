package eventdriven_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/eventdriven"
	"github.com/fsxns3ap/guardhook/lambda/eventdriven/eventdrivenlocal"
)

// TestLocal: the workflow on the local stack writes the record of the picture; the
// same event again writes nothing.
func TestLocal(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, eventdrivenlocal.UseCase())
	w.Seed(1)
	e := w.Execute("first", nil)
	if diff := cmp.Diff([]string{"Process", "Report"}, e.States); e.Status != "SUCCEEDED" || diff != "" || len(e.Empty()) > 0 {
		t.Fatalf("%+v\n%s", e, diff)
	}
	var record eventdriven.Record
	first := w.Get(w.Name("Output"), "catalog/products/000000.jpg.json")
	if err := json.Unmarshal(first, &record); err != nil || record.Status != "SUCCESS" || record.Entry.Color != "Red" || len(record.Tags.Labels) != 2 {
		t.Errorf("%v %+v", err, record)
	}
	if !strings.Contains(w.Logs("Reporter"), `"Events":1`) {
		t.Error(w.Logs("Reporter"))
	}
	w.Calls()
	again := w.Execute("again", nil)
	if again.Status != "SUCCEEDED" || len(w.Contents().Objects) != 2 {
		t.Errorf("%+v", again)
	}
	for _, c := range w.Calls() {
		if strings.HasPrefix(c.Name, "PUT") || c.Name == detect {
			t.Errorf("called again: %s", c.Name)
		}
	}
}
