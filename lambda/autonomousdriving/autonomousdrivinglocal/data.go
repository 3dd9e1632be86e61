package autonomousdrivinglocal

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// eventRun is the run that the files of events are about.
const eventRun = "run-1"

// prepareData makes what the events of find-videos to commit refer to: it runs what
// comes before in the workflow, with the functions themselves.
func prepareData(w *local.World, event string) error {
	function, _, _ := strings.Cut(event, ".")
	for _, source := range []struct{ find, process, gather, wanted string }{
		{"FindVideos", "Frames", "GatherVideos", "frames gather-videos annotate commit"},
		{"FindClouds", "PointClouds", "SelectClouds", "point-clouds select-clouds annotate commit"},
	} {
		if !strings.Contains(source.wanted, function) {
			continue
		}
		var found discovery.Result
		if err := ask(w, source.find, map[string]any{"run": eventRun}, &found); err != nil {
			return err
		}
		if function == "frames" || function == "point-clouds" {
			continue
		}
		outcomes := []discovery.Outcome{}
		for _, part := range found.Parts {
			var outcome discovery.Outcome
			if err := ask(w, source.process, map[string]any{"part": part.Key}, &outcome); err != nil {
				return err
			}
			outcomes = append(outcomes, outcome)
		}
		if function != "annotate" && function != "commit" {
			continue
		}
		var gathered struct {
			List string `json:"clouds_key"`
		}
		if err := ask(w, source.gather, map[string]any{"run": eventRun, "outcomes": outcomes}, &gathered); err != nil {
			return err
		}
		if err := answerAll(w, gathered.List); err != nil {
			return err
		}
	}
	return nil
}

// answerAll has the model answer for the clouds of a list.
func answerAll(w *local.World, list string) error {
	if list == "" {
		return nil
	}
	output := w.Name("Output")
	var clouds []struct{ Key string }
	if err := json.Unmarshal(w.Get(output, list), &clouds); err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	for _, cloud := range clouds {
		w.Put(output, "inference/"+eventRun+"/"+cloud.Key+".out", []byte(Segmented()))
	}
	return nil
}

// ask calls a function and decodes its answer.
func ask(w *local.World, function string, event, answer any) error {
	text, err := w.Invoke(function, event)
	if err != nil {
		return fmt.Errorf("%s: %w", function, err)
	}
	return json.Unmarshal(text, answer)
}
