// Package semiconductoreda keeps a catalogue of chip layouts: it reads GDSII and
// OASIS files, records what they tell of themselves, and reviews all of them
// together.
//
// It promises that every file is read to its end, by ranges, in bounded memory;
// that a file which breaks its format has a record with the reason; and that the
// statistics count each file once, by its newest record, however often it was read.
// It does not check design rules: it aggregates what the headers and the hierarchy
// of the files say. A file that is deleted stays in the catalogue.
package semiconductoreda

import (
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Name is that of the use case and of its checkpoint.
const Name = "semiconductor-eda"

// Functions returns the functions of the use case.
func Functions() bootstrap.Functions {
	// 400 parts of 25 are 10,000 files in a run. 16 GiB are what a call and its other
	// attempts come to the end of: a part that none does would never be recorded.
	d := discovery.Defaults{Name: Name, Suffixes: []string{".gds", ".gds2", ".oas", ".oasis"}, PartObjects: 25, PartBytes: 16 << 30}
	return bootstrap.Functions{
		"find":      discovery.OpenFind(d),
		"extract":   bootstrap.Handle(openExtractor),
		"commit":    discovery.OpenCommit(d),
		"aggregate": bootstrap.Handle(openAggregator),
		"report":    bootstrap.Handle(openReporter),
	}
}

// Run is what every event says of the execution: $$.Execution.Name and
// $$.Execution.StartTime. What is written depends on them, and so is the same after
// another attempt.
type Run struct {
	Name    string    `json:"run"`
	Started time.Time `json:"started"`
}

func (r Run) check() error {
	if !regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`).MatchString(r.Name) || r.Started.IsZero() {
		return failure.New(failure.InvalidInput, "event: want run, of letters, digits and ._-, and started")
	}
	return nil
}

// date is the partition of what the run writes.
func (r Run) date() string { return r.Started.UTC().Format(time.DateOnly) }

// time has a fixed length, so that texts are in the order of times.
func (r Run) time() string { return r.Started.UTC().Format("2006-01-02T15:04:05.000Z") }

// recordsKey is where the records of a part are.
func (r Run) recordsKey(part string) string {
	return "metadata/dt=" + r.date() + "/run=" + r.Name + "/" + strings.TrimSuffix(path.Base(part), ".json") + ".jsonl"
}

func (r Run) statisticsKey() string { return "statistics/dt=" + r.date() + "/" + r.Name + ".json" }

func (r Run) reportKey() string {
	return "reports/dt=" + r.date() + "/eda-design-review-" + r.Name + ".md"
}
