package autonomousdriving

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// Token is a task token of Step Functions. Whoever has it may end the task, so it
// cannot be printed, logged or encoded; reveal is the only way to its text.
type Token struct{ text string }

const redacted = "REDACTED"

// UnmarshalJSON implements json.Unmarshaler.
func (t *Token) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &t.text); err != nil {
		return failure.New(failure.InvalidInput, "the task token is no text") // the text stays here
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (Token) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// Format implements fmt.Formatter, for every verb.
func (Token) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// LogValue implements slog.LogValuer.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

func (t Token) reveal() string { return t.text }
func (t Token) empty() bool    { return t.text == "" }

// hide returns an error of the same kind without the token: services repeat values
// that they refuse.
func (t Token) hide(err error) error {
	if err == nil || !strings.Contains(err.Error(), t.text) {
		return err
	}
	return failure.New(failure.Of(err), "%s", failure.Cut(strings.ReplaceAll(err.Error(), t.text, redacted), 2048))
}

// waiting is a task that waits for a job.
type waiting struct {
	ID     string // of the record, from the run and the token
	Token  Token
	Job    string
	Run    string
	Prefix string // of the answers of the model
}

// waitingID is the same for a call that is made again, and another one for
// another attempt of the state machine, which has another token.
func waitingID(run string, t Token) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", len(run), run, t.reveal()))
	return hex.EncodeToString(sum[:16])
}

// tokens are the tasks that wait, in a table whose key is correlation_id.
type tokens struct {
	api   *dynamodb.Client
	table string
	keep  time.Duration // from when a record is of no use: longer than the state waits
	now   func() time.Time
	// region says where a record was written, for a table in several Regions.
	region string
}

// add stores a task, unless it is there: a record is never overwritten.
func (s *tokens) add(ctx context.Context, w waiting) error {
	now := s.now()
	text := func(t string) types.AttributeValue { return &types.AttributeValueMemberS{Value: t} }
	number := func(at time.Time) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(at.Unix(), 10)}
	}
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table,
		Item: map[string]types.AttributeValue{
			"correlation_id": text(w.ID), "task_token": text(w.Token.reveal()), "transform_job_name": text(w.Job),
			"run": text(w.Run), "prefix": text(w.Prefix), "source_region": text(s.region),
			"created_at": number(now), "ttl": number(now.Add(s.keep)),
		},
		ConditionExpression: aws.String("attribute_not_exists(correlation_id)"),
	})
	if failure.Of(err) != failure.Conflict {
		return failure.Wrap(w.Token.hide(err), "token of %s", w.Job)
	}
	there, err := s.get(ctx, w.ID)
	if err != nil {
		return err
	}
	if there.Token != w.Token {
		return failure.New(failure.Conflict, "token of %s: the record %s is of another task", w.Job, w.ID)
	}
	return nil
}

// get returns a task. It is NotFound if there is none, or if its time is over:
// DynamoDB deletes a record some time after that.
func (s *tokens) get(ctx context.Context, id string) (waiting, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: s.key(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return waiting{}, failure.Wrap(err, "task %s", id)
	}
	if len(out.Item) == 0 {
		return waiting{}, failure.New(failure.NotFound, "task %s: no record", id)
	}
	text := func(name string) string {
		if v, ok := out.Item[name].(*types.AttributeValueMemberS); ok {
			return v.Value
		}
		return ""
	}
	w := waiting{ID: id, Token: Token{text("task_token")}, Job: text("transform_job_name"), Run: text("run"), Prefix: text("prefix")}
	ttl, ok := out.Item["ttl"].(*types.AttributeValueMemberN)
	if !ok || w.Token.empty() || w.Job == "" {
		return waiting{}, failure.New(failure.InvalidInput, "task %s: the record is damaged", id)
	}
	until, err := strconv.ParseInt(ttl.Value, 10, 64)
	if err != nil {
		return waiting{}, failure.New(failure.InvalidInput, "task %s: the record is damaged", id)
	}
	if !s.now().Before(time.Unix(until, 0)) {
		return waiting{}, failure.New(failure.NotFound, "task %s: its time is over", id)
	}
	return w, nil
}

// drop deletes a task. One that is not there is no error.
func (s *tokens) drop(ctx context.Context, id string) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: s.key(id)})
	return failure.Wrap(err, "task %s", id)
}

func (s *tokens) key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"correlation_id": &types.AttributeValueMemberS{Value: id}}
}
