package hook

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// LogStore is what the package needs of CloudWatch Logs; *cloudwatchlogs.Client
// is one.
type LogStore interface {
	CreateLogGroup(context.Context, *cloudwatchlogs.CreateLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogGroupOutput, error)
	CreateLogStream(context.Context, *cloudwatchlogs.CreateLogStreamInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.CreateLogStreamOutput, error)
	PutLogEvents(context.Context, *cloudwatchlogs.PutLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.PutLogEventsOutput, error)
}

// maxStreamName is the limit of CloudWatch Logs for the name of a stream.
const maxStreamName = 512

// logStream is a stream of a log group.
type logStream struct {
	group, name string
	// create makes the group, too, if there is none.
	create bool
}

// logsSink keeps records in a stream of this Handler's own, in a log group that
// has to be there.
func (h *Handler) logsSink(group string) sink {
	stream := logStream{group: group, name: fmt.Sprintf("%s/guardhook/%s", h.opts.Now().UTC().Format("2006/01/02"), randomHex(16))}
	return sink{kind: sinkLogs, place: group, write: func(ctx context.Context, d *Decision) error {
		return h.writeLogs(ctx, nil, stream, d, [][]byte{d.record(h.opts.Now())})
	}}
}

// providerSink keeps the record and the metrics of a call where the owner of a
// private hook can see them: the function itself runs in an account of AWS.
func (h *Handler) providerSink(e *Event) sink {
	stream := logStream{group: e.logGroup, name: providerStream(e), create: true}
	return sink{kind: sinkProvider, place: e.logGroup, write: func(ctx context.Context, d *Decision) error {
		creds, err := parseCredentials("event.requestData.providerCredentials", e.providerCredentials)
		if err != nil {
			return err
		}
		now := h.opts.Now()
		lines := append([][]byte{d.record(now)}, d.EmbeddedMetrics(h.opts.Config.MetricsNamespace, now)...)
		return h.writeLogs(ctx, creds, stream, d, lines)
	}}
}

// providerStream names the stream as the Python library for hooks does:
// <stack>/<target>, or the account where there is no stack. Names have no ":"
// and no "*".
func providerStream(e *Event) string {
	name := e.StackID + "/" + e.LogicalID
	if e.StackID == "" || e.LogicalID == "" {
		name = e.Account + "-" + randomHex(16)
	}
	return cut(strings.NewReplacer(":", "__", "*", "_").Replace(name), maxStreamName)
}

// writeLogs writes lines to a stream. It is made when it is missing, so that
// usually one request is enough.
func (h *Handler) writeLogs(ctx context.Context, c *Credentials, to logStream, d *Decision, lines [][]byte) error {
	const service = "CloudWatch Logs"
	store, err := h.opts.OpenLogs(ctx, c)
	if err != nil {
		return failAWS("", service, err)
	}
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &to.group, LogStreamName: &to.name}
	now := h.opts.Now().UnixMilli()
	for _, line := range lines {
		in.LogEvents = append(in.LogEvents, types.InputLogEvent{Message: aws.String(string(line)), Timestamp: &now})
	}
	out, err := store.PutLogEvents(ctx, in)
	if isMissing(err) {
		if err := createStream(ctx, store, to); err != nil {
			return failAWS("", service, err)
		}
		out, err = store.PutLogEvents(ctx, in)
	}
	switch {
	case err != nil:
		return failAWS("", service, err)
	case out.RejectedLogEventsInfo != nil, out.RejectedEntityInfo != nil:
		return failf(InternalFailure, "%s rejects the record of %s", service, cut(d.Token, 100))
	}
	return nil
}

// createStream makes a stream, and its group if that may be made.
func createStream(ctx context.Context, store LogStore, to logStream) error {
	in := &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &to.group, LogStreamName: &to.name}
	_, err := store.CreateLogStream(ctx, in)
	if isMissing(err) {
		if !to.create {
			return failf(InternalFailure, "CloudWatch Logs has no log group of this name; create it")
		}
		if _, err = store.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &to.group}); err == nil || isThere(err) {
			_, err = store.CreateLogStream(ctx, in)
		}
	}
	if isThere(err) {
		return nil
	}
	return err
}

func isMissing(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

func isThere(err error) bool {
	var there *types.ResourceAlreadyExistsException
	return errors.As(err, &there)
}

// randomHex returns a number of random bytes as text.
func randomHex(n int) string {
	b := make([]byte, n)
	// It never fails; see crypto/rand.Read.
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
