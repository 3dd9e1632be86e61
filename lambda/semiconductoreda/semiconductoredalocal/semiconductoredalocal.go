// Package semiconductoredalocal describes the semiconductor-eda use case for the
// local stack.
package semiconductoredalocal

import (
	"fmt"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/gdsiitest"
	"github.com/fsxns3ap/guardhook/lambda/internal/oasis/oasistest"
	"github.com/fsxns3ap/guardhook/lambda/local"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
)

// UseCase returns the description.
func UseCase() local.UseCase {
	return local.UseCase{
		Name: semiconductoreda.Name, Package: "lambda/semiconductoreda", Functions: semiconductoreda.Functions(), Machine: "Workflow",
		Parameters: map[string]string{
			"CodeBucket": "code", "CodeKey": "semiconductoreda-arm64.zip", "KeyArn": local.KeyArn, "AccessPointAlias": Source, "AccessPointName": "eda",
			"SettleTime": "0s", // the files are as new as the test
		},
		Buckets: []string{Source},
		Answers: []local.Answer{{
			Service: "bedrock-runtime", Operation: "Converse", Call: "POST /model/*/converse",
			Body: awsfake.ConverseAnswer("end_turn", "### Executive summary\nOne file has to be written again.\n\n### Risk\nLow."),
		}},
		Seed:    seed,
		Input:   func(*local.World) any { return map[string]any{} },
		Prepare: prepare,
	}
}

// Source is the alias of the access point.
const Source = "eda-ext-s3alias"

// The third file is cut off, the fifth is a hundred times as wide as the others,
// and the seventh has a name that is against the rules.
const (
	brokenFile  = 2
	wideFile    = 4
	misnamedOne = 6
)

// Key is the key of a layout. Names repeat in other folders, and folders have
// names of any kind.
func Key(i int) string {
	folder := fmt.Sprintf("lot-%03d/cell %d", i/100, i)
	switch {
	case i == misnamedOne:
		return folder + "/top level.gds"
	case i%2 == 1:
		return folder + "/chip.oas"
	}
	return folder + "/chip.gds"
}

// Layout is the content of a layout: a cell for each of i%5+1 rectangles of one
// micrometre, in a row of them.
func Layout(i int) []byte {
	if i%2 == 1 {
		var cells []byte
		for c := range int64(i%5 + 1) {
			cells = append(cells, oasistest.Cell(fmt.Sprintf("C%d", c), oasistest.Rectangle(c*1000, 0, 1000, 1000))...)
		}
		return oasistest.File(cells)
	}
	unit := int32(1000)
	if i == wideFile {
		unit *= 100
	}
	var cells [][]byte
	for c := range int32(i%5 + 1) {
		cells = append(cells, gdsiitest.Structure(fmt.Sprintf("C%d", c), gdsiitest.Boundary(c*unit, 0, (c+1)*unit, 1000)))
	}
	content := gdsiitest.Library(fmt.Sprintf("LIB%d", i), cells...)
	if i == brokenFile {
		return content[:len(content)-10]
	}
	return content
}

func seed(w *local.World, objects int) error {
	for i := range objects {
		w.Put(Source, Key(i), Layout(i))
	}
	return nil
}

// run is that of the events in testdata/events.
var run = map[string]any{"run": "sample", "started": time.Date(2026, 2, 1, 8, 30, 0, 0, time.UTC)}

// prepare calls the functions that come before the one of an event.
func prepare(w *local.World, event string) error {
	function, _, _ := strings.Cut(event, ".")
	part := map[string]any{"part": "manifests/" + semiconductoreda.Name + "/sample/0000.json"}
	for _, step := range []struct {
		name  string
		event map[string]any
	}{{"find", nil}, {"extract", part}, {"commit", nil}, {"aggregate", nil}, {"report", nil}} {
		if step.name == function {
			return nil
		}
		if step.name == "commit" {
			continue
		}
		in := map[string]any{}
		for _, more := range []map[string]any{run, step.event} {
			for name, value := range more {
				in[name] = value
			}
		}
		id := strings.ToUpper(step.name[:1]) + step.name[1:]
		if _, err := w.Invoke(id, in); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}
