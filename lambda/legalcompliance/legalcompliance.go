// Package legalcompliance audits who may do what with the files of a volume of FSx
// for ONTAP: it collects the access control lists of the files, without their
// contents, queries them, and has a report written.
//
// An audit looks at every file, because a change of permissions shows in no listing.
// It has a day, a week or a month, and is named by its first day. Runs of an audit
// go on where the one before ended, and look at a file again only if it has changed;
// queries are over the whole audit.
//
// It promises that what could not be looked at is counted, and that a report of an
// audit with gaps says so. It changes nothing on the file system.
package legalcompliance

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/ontap"
	"github.com/fsxns3ap/guardhook/lambda/internal/secret"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// Functions returns the functions of the use case.
func Functions() bootstrap.Functions {
	return bootstrap.Functions{
		"find":     bootstrap.Handle(openFind),
		"metadata": bootstrap.Handle(openMetadata),
		"collect":  bootstrap.Handle(openCollect),
		"analyze":  bootstrap.Handle(openAnalyze),
		"report":   bootstrap.Handle(openReport),
		"commit":   openCommit,
	}
}

// defaults are what discovery looks for in an audit: each has a checkpoint of its own.
func defaults(audit string) discovery.Defaults {
	return discovery.Defaults{Name: "legal-compliance-" + audit, PartObjects: 500}
}

// FindEvent is the event of the first function: the name of the execution and when
// it was started.
type FindEvent struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
}

// Found is what a run of an audit found.
type Found struct {
	discovery.Result
	Audit string `json:"audit"`
}

func openFind(p *bootstrap.Platform) (func(context.Context, FindEvent) (Found, error), error) {
	period := p.Settings.Choice("AUDIT_PERIOD", "day", "week", "month")
	f, err := discovery.FinderFromSettings(p, defaults("audit"))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, e FindEvent) (Found, error) {
		if e.Started.IsZero() {
			return Found{}, failure.New(failure.InvalidInput, "event: want run and started")
		}
		audit := firstDay(period, e.Started)
		if err := (Run{e.Run, audit}).check(); err != nil {
			return Found{}, err
		}
		finder := *f
		finder.Name = defaults(audit).Name
		// No contents are read that would have to be whole, and users set the times of
		// their files: none is too new, whatever its time.
		finder.Settle = -math.MaxInt64
		r, err := finder.Find(ctx, e.Run)
		if err != nil {
			return Found{}, err
		}
		return Found{r, audit}, p.Metrics.Emit(
			map[string]any{"run": r.Run, "audit": audit, "more": r.More},
			telemetry.Metric{Name: "ObjectsListed", Unit: telemetry.Count, Value: float64(r.Listed)},
			telemetry.Metric{Name: "ObjectsFound", Unit: telemetry.Count, Value: float64(r.Objects)},
		)
	}, nil
}

// firstDay names the audit of a time: the first day of its day, of its week, which
// begins on Monday, or of its month, in UTC.
func firstDay(period string, t time.Time) string {
	day := t.UTC()
	switch period {
	case "week":
		day = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "month":
		day = day.AddDate(0, 0, 1-day.Day())
	}
	return day.Format(time.DateOnly)
}

// auditName is the form of an audit's name, which is part of keys and of queries.
var auditName = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// runName is the form of a run's name, which is part of keys. Athena does not see what
// is in a folder whose name begins with a dot or an underscore.
var runName = regexp.MustCompile(`^[A-Za-z0-9-][A-Za-z0-9._-]{0,79}$`)

// Run says which run of which audit an event is about.
type Run struct {
	Run   string `json:"run"`
	Audit string `json:"audit"`
}

func (r Run) check() error {
	if !runName.MatchString(r.Run) || !auditName.MatchString(r.Audit) {
		return failure.New(failure.InvalidInput, "event: want run, the name of an execution, which begins with none of . and _, and audit, a day")
	}
	return nil
}

// key is the key of what is written for a run.
func (r Run) key(prefix, name string) string { return prefix + r.Audit + "/" + r.Run + "/" + name }

// openCommit returns the last function, which commits to the checkpoint of the audit.
func openCommit(p *bootstrap.Platform) (bootstrap.Handler, error) {
	if _, err := discovery.FinderFromSettings(p, defaults("audit")); err != nil {
		return nil, err
	}
	return func(ctx context.Context, event []byte) ([]byte, error) {
		var r Run
		if err := json.Unmarshal(event, &r); err != nil {
			return nil, failure.New(failure.InvalidInput, "event: %w", err)
		}
		if err := r.check(); err != nil {
			return nil, err
		}
		commit, err := discovery.OpenCommit(defaults(r.Audit))(p)
		if err != nil {
			return nil, err
		}
		return commit(ctx, event)
	}, nil
}

// system is the file system that is audited.
type system struct {
	client      *ontap.Client
	svm, volume string
}

// secretLifetime is how long a password is used that was read once.
const secretLifetime = 5 * time.Minute

// openSystem reads the settings of the file system: ONTAP_ENDPOINT, ONTAP_SECRET,
// SVM_UUID and VOLUME_UUID.
func openSystem(p *bootstrap.Platform) *system {
	r := p.Settings
	source := secret.New(secretsmanager.NewFromConfig(p.AWS), r.Text("ONTAP_SECRET"), secretLifetime, p.Now)
	return &system{client: ontap.New(r.Text("ONTAP_ENDPOINT"), source, ontap.Sleep), svm: r.Text("SVM_UUID"), volume: r.Text("VOLUME_UUID")}
}
