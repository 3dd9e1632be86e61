package legalcompliance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// CollectEvent is the event of the function that collects: a part of a run, and
// where the SVM mounts the volume.
type CollectEvent struct {
	Run
	Part     string `json:"part"`
	Junction string `json:"junction_path"`
}

// Collected is what became of a part. The state of the workflow has 400 of them.
type Collected struct {
	discovery.Outcome
	// Deleted is how many of the processed files were gone since they were listed.
	Deleted int `json:"deleted"`
}

// Fact is what is collected of a file: a line of an object, whose fields are columns
// of the table. Times are of RFC 3339 in UTC.
type Fact struct {
	Key    string `json:"object_key"`
	Volume string `json:"volume_uuid"`
	// Status is COLLECTED, DELETED of a file that was gone since it was listed, or FAILED
	// of one that could not be read.
	Status         string  `json:"status"`
	SecurityStyle  string  `json:"security_style,omitempty"`
	EffectiveStyle string  `json:"effective_style,omitempty"`
	Owner          string  `json:"owner,omitempty"`
	OwnerGroup     string  `json:"owner_group,omitempty"`
	ControlFlags   string  `json:"control_flags,omitempty"`
	Mode           string  `json:"mode,omitempty"` // as rwxr-x---
	ACLs           []Entry `json:"acls,omitempty"`
	Times
	// Collected has milliseconds, so that its order is that of time.
	Collected string `json:"collected_at"`
	Run       string `json:"run"`
}

// Times are when something was last done with a file.
type Times struct {
	Created  string `json:"created,omitempty"`
	Modified string `json:"modified,omitempty"`
	Accessed string `json:"accessed,omitempty"`
	// Changed is when the contents or the attributes, such as the list, were changed.
	Changed string `json:"changed,omitempty"`
	// LastUsed is the latest of them that is not in the future.
	LastUsed string `json:"last_used,omitempty"`
	// Source is "ontap", or "listing", which has only Modified.
	Source string `json:"times_source,omitempty"`
}

// Statuses of facts.
const (
	collected = "COLLECTED"
	deleted   = "DELETED"
	failed    = "FAILED"
)

type collector struct {
	*system
	platform *bootstrap.Platform
	output   *objects.Store
	parallel int
	times    string
}

func openCollect(p *bootstrap.Platform) (func(context.Context, CollectEvent) (Collected, error), error) {
	r := p.Settings
	c := &collector{system: openSystem(p), platform: p, parallel: r.Int("PARALLEL", 8, 1, 64), times: r.Choice("FILE_TIMES", "ontap", "listing")}
	bucket := r.Bucket("OUTPUT_BUCKET")
	if err := r.Err(); err != nil {
		return nil, err
	}
	c.output = objects.New(s3.NewFromConfig(p.AWS), bucket)
	return c.collect, nil
}

// collect collects the facts of a part. They are written when all are there, so
// that a part that fails leaves none, and one that is collected again overwrites.
func (c *collector) collect(ctx context.Context, e CollectEvent) (Collected, error) {
	if err := e.check(); err != nil {
		return Collected{}, err
	}
	if e.Part == "" || e.Junction != "" && !strings.HasPrefix(e.Junction, "/") {
		return Collected{}, failure.New(failure.InvalidInput, "event: want part, and junction_path, which begins with a slash or is empty")
	}
	var (
		mu    sync.Mutex
		facts []Fact
		out   Collected
		err   error
	)
	out.Outcome, err = discovery.Each(ctx, c.output, e.Part, c.parallel, func(ctx context.Context, o objects.Object) error {
		f, err := c.fact(ctx, e.Junction, o)
		f.Run = e.Run.Run
		mu.Lock()
		defer mu.Unlock()
		facts = append(facts, f)
		return err
	})
	if err != nil {
		return Collected{}, err
	}
	for _, f := range facts {
		if f.Status == deleted {
			out.Deleted++
		}
	}
	if err := c.write(ctx, factsKey(e), facts); err != nil {
		return Collected{}, err
	}
	return out, c.platform.Metrics.Emit(
		map[string]any{"run": e.Run.Run, "audit": e.Audit, "part": e.Part},
		telemetry.Metric{Name: "FilesCollected", Unit: telemetry.Count, Value: float64(out.Processed - out.Deleted)},
		telemetry.Metric{Name: "FilesDeleted", Unit: telemetry.Count, Value: float64(out.Deleted)},
		telemetry.Metric{Name: "FilesFailed", Unit: telemetry.Count, Value: float64(out.Failed)},
	)
}

// factsKey is the key of the facts of a part, in the partition of its audit.
func factsKey(e CollectEvent) string {
	return "acl-data/dt=" + e.Audit + "/" + e.Run.Run + "/" + strings.TrimSuffix(path.Base(e.Part), ".json") + ".jsonl"
}

func (c *collector) write(ctx context.Context, key string, facts []Fact) error {
	slices.SortFunc(facts, func(a, b Fact) int { return cmp.Compare(a.Key, b.Key) })
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	lines.SetEscapeHTML(false)
	for _, f := range facts {
		if err := lines.Encode(f); err != nil {
			return failure.Wrap(err, "%s", key)
		}
	}
	return c.output.Write(ctx, key, "application/x-ndjson", text.Bytes(), objects.Condition{})
}

// security is what ONTAP tells of the security of a file.
type security struct {
	SecurityStyle  string `json:"security_style"`
	EffectiveStyle string `json:"effective_style"`
	Owner          string `json:"owner"`
	Group          string `json:"group"`
	ControlFlags   string `json:"control_flags"`
	Mode           string `json:"text_mode_bits"`
	ACLs           []ace  `json:"acls"`
}

const securityFields = "security_style,effective_style,owner,group,control_flags,text_mode_bits,acls"

// fact asks ONTAP for a file. There is a fact with an error, too.
func (c *collector) fact(ctx context.Context, junction string, o objects.Object) (Fact, error) {
	without := Fact{Key: o.Key, Volume: c.volume, Status: failed, Collected: c.platform.Now().UTC().Format("2006-01-02T15:04:05.000Z")}
	f := without
	f.Status = collected
	var s security
	err := c.get(ctx, junction, func() error { return c.security(ctx, &s, junction+"/"+o.Key) })
	if err == nil {
		f.SecurityStyle, f.EffectiveStyle, f.Owner, f.OwnerGroup = s.SecurityStyle, s.EffectiveStyle, s.Owner, s.Group
		f.ControlFlags, f.Mode, f.ACLs = s.ControlFlags, s.Mode, entries(s.ACLs)
		f.Times, err = c.timesOf(ctx, junction, o)
	}
	switch failure.Of(err) {
	case "":
		return f, nil
	case failure.NotFound:
		without.Status = deleted
		return without, nil
	}
	return without, err
}

func (c *collector) security(ctx context.Context, s *security, path string) error {
	return c.client.Get(ctx, s, url.Values{"fields": {securityFields}}, "protocols", "file-security", "permissions", c.svm, path)
}

// get calls ONTAP for a file. A failure that is not said to be that of the file is
// so if ONTAP tells of the root of the volume what it does not of the file. That a
// file is not there is believed on the same condition: otherwise it is the volume, or
// the way to ask, that is not.
func (c *collector) get(ctx context.Context, junction string, call func() error) error {
	err := call()
	unclear := []failure.Kind{failure.Unavailable, failure.AccessDenied, failure.Internal}
	if failure.Of(err) != failure.NotFound && !slices.Contains(unclear, failure.Of(err)) {
		return err
	}
	root := junction
	if root == "" {
		root = "/"
	}
	var s security
	ofRoot := c.security(ctx, &s, root)
	if failure.Of(err) == failure.NotFound {
		if failure.Of(ofRoot) == failure.NotFound {
			return failure.New(failure.Configuration, "ONTAP does not know the root of the volume: %s", ofRoot.Error())
		}
		return cmp.Or(ofRoot, err)
	}
	if ofRoot != nil {
		return err
	}
	if err = call(); !slices.Contains(unclear, failure.Of(err)) {
		return err
	}
	return failure.New(failure.InvalidInput, "ONTAP does not tell it of this file: %s", err.Error())
}

// info is what ONTAP tells of the times of a file:
// https://docs.netapp.com/us-en/ontap-restapi/get-storage-volumes-files-.html
type info struct {
	Created  time.Time `json:"creation_time"`
	Modified time.Time `json:"modified_time"`
	Accessed time.Time `json:"accessed_time"`
	Changed  time.Time `json:"changed_time"`
}

func (c *collector) timesOf(ctx context.Context, junction string, o objects.Object) (Times, error) {
	if c.times == "listing" {
		return c.timesFrom("listing", info{Modified: o.Modified}), nil
	}
	var answer struct {
		Records []info `json:"records"`
	}
	query := url.Values{"return_metadata": {"true"}, "fields": {"creation_time,modified_time,accessed_time,changed_time"}}
	err := c.get(ctx, junction, func() error {
		return c.client.Get(ctx, &answer, query, "storage", "volumes", c.volume, "files", o.Key)
	})
	if err != nil {
		return Times{}, err
	}
	if len(answer.Records) != 1 || answer.Records[0] == (info{}) {
		return Times{}, failure.New(failure.InvalidInput, "ONTAP tells no times of this file: FILE_TIMES=listing takes those of the listing")
	}
	return c.timesFrom("ontap", answer.Records[0]), nil
}

// ahead is how far the clock of a file system may be ahead.
const ahead = 24 * time.Hour

// timesFrom takes over all times. Whoever may write a file may set some of them: one
// that has not come yet does not say that the file is used.
func (c *collector) timesFrom(source string, i info) Times {
	now, latest := c.platform.Now().Add(ahead), time.Time{}
	for _, t := range []time.Time{i.Created, i.Modified, i.Accessed, i.Changed} {
		if t.After(latest) && !t.After(now) {
			latest = t
		}
	}
	return Times{Created: text(i.Created), Modified: text(i.Modified), Accessed: text(i.Accessed), Changed: text(i.Changed), LastUsed: text(latest), Source: source}
}

func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
