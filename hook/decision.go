package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

// Decision is the record of a call: what was asked, what was answered, by which
// policy set. It has no property values, no messages, no credentials, no URLs.
type Decision struct {
	Token, Account, StackID, ChangeSetID string
	HookType, HookVersion, Invocation    string
	Kind                                 Kind
	Action, TypeName, LogicalID          string
	Managed                              bool

	Status    Status
	ErrorCode Code
	// Findings are those that did not pass.
	Findings []DecisionFinding
	// Passed counts the rules that passed.
	Passed int

	Digest, Revision string
	PolicyAge        time.Duration
	Duration         time.Duration
	// Cold marks the first call of a Handler.
	Cold bool
}

// DecisionFinding is a finding as a decision records it.
type DecisionFinding struct {
	ID       string       `json:"id"` // as validate prints it
	Rule     string       `json:"rule"`
	Resource string       `json:"resource"`
	Status   rules.Status `json:"status"`
	Level    rules.Level  `json:"level"`
	Blocks   bool         `json:"blocks"`
}

func (d *Decision) fill(e *Event, r *Response) {
	d.Token, d.Account, d.StackID, d.ChangeSetID = e.Token, e.Account, e.StackID, e.ChangeSetID
	d.HookType, d.HookVersion, d.Invocation = e.HookType, e.HookVersion, e.Invocation
	d.Kind, d.Action, d.TypeName, d.LogicalID, d.Managed = e.Kind, e.Action, e.TypeName, e.LogicalID, e.Managed
	d.Status, d.ErrorCode = r.Status, r.ErrorCode
}

func (d *Decision) findings(j *judgement) {
	for i := range j.verdicts {
		v := &j.verdicts[i]
		switch v.Status {
		case rules.Pass:
			d.Passed++
		case rules.Skipped:
		default:
			d.Findings = append(d.Findings, DecisionFinding{
				ID: v.ID(""), Rule: v.Rule.ID, Resource: v.Resource, Status: v.Status, Level: v.Level, Blocks: v.blocks,
			})
		}
	}
}

// maxField bounds what a record takes over of an event.
const maxField = 2048

// LogValue implements slog.LogValuer.
func (d *Decision) LogValue() slog.Value {
	text := func(name, value string) slog.Attr { return slog.String(name, cut(value, maxField)) }
	return slog.GroupValue(
		text("token", d.Token), text("account", d.Account), text("stack", d.StackID), text("changeSet", d.ChangeSetID),
		text("hook", d.HookType), text("hookVersion", d.HookVersion), text("invocation", d.Invocation),
		slog.String("target", string(d.Kind)), slog.String("action", d.Action),
		text("type", d.TypeName), text("resource", d.LogicalID), slog.Bool("managed", d.Managed),
		slog.String("status", string(d.Status)), slog.String("errorCode", string(d.ErrorCode)),
		slog.Any("findings", d.Findings), slog.Int("passed", d.Passed),
		slog.String("digest", d.Digest), slog.String("revision", cut(d.Revision, maxField)),
		slog.Float64("policyAgeSeconds", d.PolicyAge.Seconds()),
		slog.Float64("milliseconds", milliseconds(d.Duration)), slog.Bool("cold", d.Cold),
	)
}

// record is a decision as a line of JSON, the one that Command logs.
func (d *Decision) record(now time.Time) []byte {
	var out bytes.Buffer
	line := slog.NewRecord(now, slog.LevelInfo, "decision", 0)
	line.AddAttrs(slog.Any("decision", d))
	// A bytes.Buffer takes every line.
	_ = slog.NewJSONHandler(&out, nil).Handle(context.Background(), line)
	return bytes.TrimRight(out.Bytes(), "\n")
}

// blocked lists the rules that block, each once.
func (d *Decision) blocked() []string {
	var out []string
	for _, f := range d.Findings {
		if f.Blocks && !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}

// unknownTarget stands for a target that the event does not tell.
const unknownTarget = "UNKNOWN"

// targetType is the resource type as a dimension of metrics. Its values are as
// few as there are resource types: those that are not known are one, or two.
func (d *Decision) targetType() string {
	switch {
	case d.Kind == "":
		return unknownTarget
	case d.TypeName == "":
		return string(d.Kind)
	case strings.HasPrefix(d.TypeName, "Custom::"):
		return "Custom"
	case schema.Known(d.TypeName):
		return d.TypeName
	}
	return "Other"
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// metric is an entry of Metrics in CloudWatch's embedded metric format.
type metric struct {
	Name string
	Unit string
}

type metricSet struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metric
}

// maxRuleMetrics is how many rules a call makes metrics of.
const maxRuleMetrics = 20

// EmbeddedMetrics returns the metrics of a decision as lines in CloudWatch's
// embedded metric format: one of the call, by target and by resource type, and
// one for each rule that blocks.
func (d *Decision) EmbeddedMetrics(namespace string, now time.Time) [][]byte {
	kind := string(d.Kind)
	if kind == "" {
		kind = unknownTarget
	}
	cold := 0
	if d.Cold {
		cold = 1
	}
	out := [][]byte{metricLine(now, map[string]any{
		"Target": kind, "TargetType": d.targetType(), "Status": string(d.Status),
		"Decisions": 1, "Duration": milliseconds(d.Duration), "PolicyAge": d.PolicyAge.Seconds(), "ColdStarts": cold,
	}, metricSet{
		Namespace: namespace, Dimensions: [][]string{{"Target", "Status"}},
		Metrics: []metric{{"Decisions", "Count"}, {"Duration", "Milliseconds"}, {"PolicyAge", "Seconds"}, {"ColdStarts", "Count"}},
	}, metricSet{
		Namespace: namespace, Dimensions: [][]string{{"TargetType", "Status"}},
		Metrics: []metric{{"Decisions", "Count"}, {"Duration", "Milliseconds"}},
	})}
	for i, rule := range d.blocked() {
		if i == maxRuleMetrics {
			break
		}
		out = append(out, metricLine(now, map[string]any{"Rule": rule, "Blocked": 1}, metricSet{
			Namespace: namespace, Dimensions: [][]string{{"Rule"}}, Metrics: []metric{{"Blocked", "Count"}},
		}))
	}
	return out
}

// UnrecordedMetric returns the metric of a decision that was not recorded, by
// the kind of log that it is missing in, in CloudWatch's embedded metric
// format.
func UnrecordedMetric(namespace, kind string, now time.Time) []byte {
	return metricLine(now, map[string]any{"Log": kind, "DecisionLogErrors": 1}, metricSet{
		Namespace: namespace, Dimensions: [][]string{{"Log"}}, Metrics: []metric{{"DecisionLogErrors", "Count"}},
	})
}

func metricLine(now time.Time, values map[string]any, sets ...metricSet) []byte {
	values["_aws"] = map[string]any{"Timestamp": now.UnixMilli(), "CloudWatchMetrics": sets}
	out, err := json.Marshal(values)
	if err != nil {
		// Unreachable: strings and finite numbers always encode.
		panic(err)
	}
	return out
}
