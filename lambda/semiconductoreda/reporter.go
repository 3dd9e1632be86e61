package semiconductoreda

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/fsxns3ap/guardhook/lambda/internal/bedrock"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
	"github.com/fsxns3ap/guardhook/lambda/internal/regions"
	"github.com/fsxns3ap/guardhook/lambda/internal/telemetry"
)

// ReportEvent is the event of the function that reports.
type ReportEvent struct {
	Run
	Statistics string `json:"statistics"` // the key
	// PartsFailed are parts of the run whose files are not in the statistics yet.
	PartsFailed int `json:"parts_failed"`
	// More says that files were left for the next run.
	More bool `json:"more"`
}

// Reported is the answer of the function that reports.
type Reported struct {
	Status  string `json:"status"`
	Report  string `json:"report_key"` // the newest one, empty if there is none
	Message string `json:"sns_message_id,omitempty"`
	Total   int64  `json:"total_designs"`
}

// The statuses of a report.
const (
	Created = "CREATED"
	// Unchanged: the statistics are those of the newest report.
	Unchanged = "UNCHANGED"
	// Empty: the catalogue has no file.
	Empty = "EMPTY"
)

// latestKey is where the newest report is named.
const latestKey = "reports/latest.json"

// latest names the newest report.
type latest struct {
	Run    string `json:"run"`
	Report string `json:"report"`
	// Digest is that of the statistics.
	Digest string `json:"digest"`
}

type reporter struct {
	platform *bootstrap.Platform
	output   *objects.Store
	bucket   string
	model    bedrock.Model
	topic    string
	sns      *sns.Client
	language string
}

func openReporter(p *bootstrap.Platform) (func(context.Context, ReportEvent) (Reported, error), error) {
	r := p.Settings
	bucket, topic := r.Bucket("OUTPUT_BUCKET"), r.Text("SNS_TOPIC_ARN")
	model, language := r.TextOr("BEDROCK_MODEL_ID", bedrock.DefaultModel), r.Choice("REPORT_LANGUAGE", "English", "Japanese", "Korean", "Chinese", "German", "French", "Spanish")
	services := r.List("SERVICE_REGIONS")
	if err := r.Err(); err != nil {
		return nil, err
	}
	where, err := regions.New(p.AWS, services, "bedrock")
	if err != nil {
		return nil, err
	}
	h := &reporter{
		platform: p, output: objects.New(s3.NewFromConfig(p.AWS), bucket), bucket: bucket, topic: topic, sns: sns.NewFromConfig(p.AWS), language: language,
		model: bedrock.Model{API: bedrockruntime.NewFromConfig(where.Config("bedrock")), ID: model},
	}
	return h.report, nil
}

// Limits of what is read, in bytes.
const (
	maxStatistics = 32 << 20
	maxLatest     = 64 << 10
)

// report writes the report of a run and announces it, if its statistics differ from
// those of the newest report. The report of a run is asked for and written once, and
// announced at least once.
func (h *reporter) report(ctx context.Context, e ReportEvent) (Reported, error) {
	if err := e.check(); err != nil {
		return Reported{}, err
	}
	if e.Statistics != e.statisticsKey() {
		return Reported{}, failure.New(failure.InvalidInput, "event: statistics: want the key that this run has written")
	}
	var s Statistics
	if _, err := h.output.ReadJSON(ctx, e.Statistics, maxStatistics, &s); err != nil {
		return Reported{}, err
	}
	var last latest
	before, err := h.output.ReadJSON(ctx, latestKey, maxLatest, &last)
	if err != nil && failure.Of(err) != failure.NotFound {
		return Reported{}, err
	}
	digest := digestOf(s, e)
	switch {
	case s.Total == 0:
		return Reported{Status: Empty, Report: last.Report}, nil
	case last.Digest == digest:
		return Reported{Status: Unchanged, Report: last.Report, Total: s.Total}, nil
	}
	if err := h.write(ctx, e, s); err != nil {
		return Reported{}, err
	}
	out := Reported{Status: Created, Report: e.reportKey(), Total: s.Total}
	if out.Message, err = h.announce(ctx, e, s); err != nil {
		return Reported{}, err
	}
	condition := objects.Condition{ETag: before.ETag, Absent: before.ETag == ""}
	return out, h.point(ctx, latest{e.Name, out.Report, digest}, condition)
}

// point names the newest report, unless the client has and the answer was lost.
func (h *reporter) point(ctx context.Context, to latest, condition objects.Condition) error {
	err := h.output.WriteJSON(ctx, latestKey, to, condition)
	if failure.Of(err) != failure.Conflict {
		return err
	}
	var now latest
	if _, readErr := h.output.ReadJSON(ctx, latestKey, maxLatest, &now); readErr == nil && now.Run == to.Run {
		return nil
	}
	return err
}

// digestOf is that of what a report says, but for the name and time of the run.
func digestOf(s Statistics, e ReportEvent) string {
	s.Run, s.Started = "", ""
	content, _ := json.Marshal(s) // its numbers are finite: they were read as JSON
	sum := sha256.Sum256(fmt.Appendf(content, "%t %t", e.PartsFailed > 0, e.More))
	return hex.EncodeToString(sum[:])
}

// write writes the report, unless an earlier attempt has.
func (h *reporter) write(ctx context.Context, e ReportEvent, s Statistics) error {
	_, err := h.output.Stat(ctx, e.reportKey())
	if failure.Of(err) != failure.NotFound {
		return err
	}
	assessment, err := h.assess(ctx, s)
	if err != nil {
		return err
	}
	err = h.output.Write(ctx, e.reportKey(), "text/markdown; charset=utf-8", []byte(render(e, s, h.model.ID, assessment)), objects.Condition{Absent: true})
	if failure.Of(err) == failure.Conflict {
		return nil // the other attempt was first
	}
	return err
}

// assess asks the model. An answer that is withheld or cut off is none, and the
// report goes without.
func (h *reporter) assess(ctx context.Context, s Statistics) (string, error) {
	var reply bedrock.Reply
	err := h.platform.Trace.Do(ctx, "assessment", func(ctx context.Context) (err error) {
		reply, err = h.model.Ask(ctx, prompt(s, h.language))
		return err
	})
	var refused interface{ ErrorCode() string } // the question, or the model: the service gives no answer
	if kind := failure.Of(err); (kind == failure.InvalidInput || kind == failure.TooLarge) && !errors.As(err, &refused) {
		h.platform.Log.WarnContext(ctx, "the model gives no assessment", "errorType", string(kind))
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return reply.Text, h.platform.Metrics.Emit(
		nil,
		telemetry.Metric{Name: "InputTokens", Unit: telemetry.Count, Value: float64(reply.InputTokens)},
		telemetry.Metric{Name: "OutputTokens", Unit: telemetry.Count, Value: float64(reply.OutputTokens)},
	)
}

// announce tells the topic where the report is. What it says of files is numbers.
func (h *reporter) announce(ctx context.Context, e ReportEvent, s Statistics) (string, error) {
	body := fmt.Sprintf("Run %s of %s\nDesigns: %d\nValid: %d\nInvalid: %d\nNot judged: %d\nBounding-box outliers: %d\nNaming violations: %d\n%s\nReport: s3://%s/%s\n",
		e.Name, e.Started.UTC().Format(time.RFC3339), s.Total, s.Valid, s.Invalid, s.NotJudged, s.Outliers.Count, s.Naming.Count, incomplete(e), h.bucket, e.reportKey())
	subject := fmt.Sprintf("EDA design review: %d designs, %d invalid", s.Total, s.Invalid)
	out, err := h.sns.Publish(ctx, &sns.PublishInput{TopicArn: &h.topic, Subject: &subject, Message: &body})
	if err != nil {
		return "", failure.Wrap(err, "topic")
	}
	return aws.ToString(out.MessageId), nil
}
