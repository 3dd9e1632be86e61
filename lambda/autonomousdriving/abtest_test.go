package autonomousdriving_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	driving "github.com/fsxns3ap/guardhook/lambda/autonomousdriving/autonomousdrivinglocal"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
)

const results = "autonomous-driving-abtesttable"

// TestCompare: results of calls at the same time are kept apart, and each is in one
// window, which is half open.
func TestCompare(t *testing.T) {
	t.Parallel()
	w := flow(t, append(provisioned, "EnableABTesting", "true")...)
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	// The variants of calls, and when they were made. A window is from noon to 12:05.
	refused := awsfake.Answer{Status: 424, Type: "ModelError", Body: `{"Message": "no", "OriginalStatusCode": 400,
		"LogStreamArn": "arn:aws:logs:eu-west-1:1:log-group:/aws/sagemaker/Endpoints/e:log-stream:challenger/i-0abc"}`}
	for i, c := range []struct {
		at      time.Duration // after noon
		variant string
		answer  awsfake.Answer
		clouds  int
	}{
		{-time.Millisecond, "primary", awsfake.Answer{Body: "{}"}, 1},
		{0, "primary", awsfake.Answer{Body: "{}"}, 3},
		{time.Minute, "challenger", awsfake.Answer{Body: "{}"}, 2},
		{2 * time.Minute, "", refused, 1},
		{5*time.Minute - time.Millisecond, "primary", awsfake.Answer{Body: "{}"}, 1},
		{5 * time.Minute, "challenger", awsfake.Answer{Body: "{}"}, 4},
	} {
		sizes := make([]int, c.clouds)
		s := listed(t, sizes...)
		if c.variant != "" {
			c.answer.Header = map[string]string{"X-Amzn-Invoked-Production-Variant": c.variant}
		}
		s.Answer(driving.Invoke, c.answer)
		s.Respond("DynamoDB_20120810.PutItem", func(call awsfake.Call) awsfake.Answer { // to the table of the world
			if err := put(t, w.Config(), call.Body); err != nil {
				t.Error(err)
			}
			return awsfake.Answer{Body: "{}"}
		})
		env := append([]string{"_HANDLER=realtime", "AB_TEST_TABLE=" + results}, slicing...)
		p := bootstrap.NewWith(s.Config(), autonomousdriving.FunctionsWith(driving.Hurry), env, io.Discard, func() time.Time { return noon.Add(c.at) })
		event := fmt.Sprintf(`{"run": "r", "clouds_key": "runs/r/clouds.json", "offset": 0, "count": %d}`, c.clouds)
		if _, err := p.Invoke(t.Context(), []byte(event)); err != nil {
			t.Fatal(i, err)
		}
	}
	if n := len(w.Contents().Tables[results]); n != 12 {
		t.Errorf("%d results, want 12", n)
	}
	compare := func(at time.Duration) autonomousdriving.Comparison {
		t.Helper()
		var out autonomousdriving.Comparison
		text, err := call(t, w, "compare", fmt.Sprintf(`{"time": %q}`, noon.Add(at).Format(time.RFC3339)), "AB_TEST_TABLE="+results, "ENDPOINT_NAME=e")
		if err == nil {
			err = json.Unmarshal(text, &out)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	counts := func(c autonomousdriving.Comparison) map[string][2]int {
		out := map[string][2]int{}
		for name, v := range c.Variants {
			out[name] = [2]int{v.Requests, v.Errors}
		}
		return out
	}
	for at, want := range map[time.Duration]map[string][2]int{
		time.Minute:      {"primary": {1, 0}},
		6 * time.Minute:  {"primary": {4, 0}, "challenger": {3, 1}},
		8 * time.Minute:  {"primary": {4, 0}, "challenger": {3, 1}}, // the same window again
		11 * time.Minute: {"challenger": {4, 0}},
		16 * time.Minute: {},
	} {
		got := compare(at)
		if diff := cmp.Diff(want, counts(got)); diff != "" {
			t.Errorf("%s: %s to %s\n%s", at, got.Start, got.End, diff)
		}
		if v := got.Variants["challenger"]; at == 6*time.Minute && v.ErrorRate != 0.3333 {
			t.Errorf("%+v", v)
		}
	}
	summaries := 0
	for _, item := range w.Contents().Tables[results] {
		if item["test_id"] == "e#summary" {
			summaries++
		}
	}
	if summaries != 3 {
		t.Errorf("%d summaries, want one for each window with results", summaries)
	}
}

// put passes a request to put an item on.
func put(t *testing.T, c aws.Config, body []byte) error {
	t.Helper()
	var in struct {
		TableName string
		Item      map[string]map[string]any
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	item := map[string]types.AttributeValue{}
	for name, value := range in.Item {
		switch {
		case value["S"] != nil:
			item[name] = &types.AttributeValueMemberS{Value: value["S"].(string)}
		case value["N"] != nil:
			item[name] = &types.AttributeValueMemberN{Value: value["N"].(string)}
		default:
			item[name] = &types.AttributeValueMemberBOOL{Value: value["BOOL"].(bool)}
		}
	}
	_, err := dynamodb.NewFromConfig(c).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &in.TableName, Item: item})
	return err
}

func TestCompareFails(t *testing.T) {
	t.Parallel()
	const query, put = "DynamoDB_20120810.Query", "DynamoDB_20120810.PutItem"
	item := func(attributes string) awsfake.Answer {
		return awsfake.Answer{Body: `{"Items": [{` + attributes + `}]}`}
	}
	whole := item(`"variant_name": {"S": "a"}, "latency_ms": {"N": "2"}, "is_error": {"BOOL": false}`)
	for name, c := range map[string]struct {
		event      string
		query, put awsfake.Answer
		want       string
	}{
		"no time":      {`{}`, whole, awsfake.Answer{Body: "{}"}, "InvalidInput"},
		"throttled":    {"", slowDown, awsfake.Answer{Body: "{}"}, "Throttled"},
		"not written":  {"", whole, slowDown, "Throttled"},
		"no latency":   {"", item(`"variant_name": {"S": "a"}, "is_error": {"BOOL": false}`), awsfake.Answer{Body: "{}"}, "InvalidInput"},
		"latency":      {"", item(`"variant_name": {"S": "a"}, "latency_ms": {"N": "x"}, "is_error": {"BOOL": false}`), awsfake.Answer{Body: "{}"}, "InvalidInput"},
		"variant":      {"", item(`"variant_name": {"S": ""}, "latency_ms": {"N": "1"}, "is_error": {"BOOL": false}`), awsfake.Answer{Body: "{}"}, "Internal"},
		"whole":        {"", whole, awsfake.Answer{Body: "{}"}, ""},
		"no wrong set": {`{"time": 1}`, whole, awsfake.Answer{Body: "{}"}, "InvalidInput"},
	} {
		s := awsfake.New(t)
		s.Answer(query, c.query)
		s.Answer(put, c.put)
		if c.event == "" {
			c.event = `{"time": "2026-11-01T12:06:00Z"}`
		}
		if _, err := call(t, s, "compare", c.event, "AB_TEST_TABLE=t", "ENDPOINT_NAME=e"); kindOf(t, err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := call(t, awsfake.New(t), "compare", "{}"); kindOf(t, err) != "Configuration" || !strings.Contains(err.Error(), "AB_TEST_TABLE") {
		t.Error(err)
	}
}

// TestResultNotKept: a result that cannot be kept fails the slice, which is tried
// again.
func TestResultNotKept(t *testing.T) {
	t.Parallel()
	s := listed(t, 10)
	s.Answer("DynamoDB_20120810.PutItem", slowDown)
	if _, err := sliced(t, s, "realtime", 0, 1, "AB_TEST_TABLE=t"); kindOf(t, err) != "Throttled" || len(s.Keys("outputs", "inference/")) != 0 {
		t.Error(err)
	}
}

// TestCompareTwice: an event that comes again adds no metrics.
func TestCompareTwice(t *testing.T) {
	t.Parallel()
	s := awsfake.New(t)
	s.Answer("DynamoDB_20120810.Query", awsfake.Answer{Body: `{"Items": [{"variant_name": {"S": "a"}, "latency_ms": {"N": "2"}, "is_error": {"BOOL": false}}]}`})
	s.Answer("DynamoDB_20120810.PutItem", awsfake.Answer{Body: "{}"}, failing(400, "ConditionalCheckFailedException", "it is there"))
	for n := range 2 {
		_, failed, log := dataCall[autonomousdriving.Comparison](t, s, "compare", `{"time": "2026-11-01T12:06:00Z"}`, "AB_TEST_TABLE=t", "ENDPOINT_NAME=e")
		if failed != "" || strings.Count(log, `"RequestCount":1`) != 1-n {
			t.Errorf("call %d: %s\n%s", n+1, failed, log)
		}
	}
}
