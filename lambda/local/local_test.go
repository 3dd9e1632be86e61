package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/local"
)

// cloud is started once.
var cloud *local.Cloud

func TestMain(m *testing.M) {
	cloud = awsfake.Must(local.Start())
	os.Exit(m.Run())
}

// useCase is one whose function answers with its event, or with a setting.
func useCase(change ...string) local.UseCase {
	u := local.UseCase{
		Name: "app", Template: "lambda/local/testdata/stack.yaml", Machine: "Workflow", Parameters: map[string]string{},
		Functions: bootstrap.Functions{"work": bootstrap.Handle(func(p *bootstrap.Platform) (func(context.Context, map[string]any) (map[string]any, error), error) {
			table := p.Settings.Text("TABLE_NAME")
			return func(_ context.Context, in map[string]any) (map[string]any, error) {
				return map[string]any{"table": table, "n": in["n"]}, nil
			}, p.Settings.Err()
		})},
	}
	for i := 0; i < len(change); i += 2 {
		u.Parameters[change[i]] = change[i+1]
	}
	return u
}

// TestNames: what the template refers to has names, and settings are the template's.
func TestNames(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase("EnableQueue", "true", "Secret", "known"))
	account, _, _ := strings.Cut(strings.TrimPrefix(w.Name("Topic"), "arn:aws:sns:eu-west-1:"), ":")
	for reference, want := range map[string]string{
		"Data": "app-data", "Results": "results-eu-west-1", "Data.Arn": "arn:aws:s3:::app-data", "Records": "app-records", "Database": "facts",
		"Table": "files", "WorkGroup": "queries", "Topic": "arn:aws:sns:eu-west-1:" + account + ":app-topic", "Topic.TopicName": "app-topic",
		"Queue": "https://sqs.eu-west-1.amazonaws.com/" + account + "/app-queue", "Queue.Arn": "arn:aws:sqs:eu-west-1:" + account + ":app-queue",
		"Worker.Arn": "arn:aws:lambda:eu-west-1:" + account + ":function:app-worker", "Role.Arn": "arn:aws:iam::" + account + ":role/app-role",
		"Limit": "7", "AWS::AccountId": account,
	} {
		if got := w.Name(reference); got != want {
			t.Errorf("%s: %s, want %s", reference, got, want)
		}
	}
	env := w.Environment("work")
	for _, want := range []string{
		"_HANDLER=work", "DATA_BUCKET=app-data", "RESULTS_BUCKET=results-eu-west-1", "LIMIT=7", "HIDDEN=known", "WORKGROUP=queries", "DATABASE=facts",
		"QUEUE_URL=" + w.Name("Queue"), "SECRET_ARN=" + w.Name("Password"),
	} {
		if !slices.Contains(env, want) {
			t.Errorf("no %s in %v", want, env)
		}
	}
	off := cloud.Open(t, useCase())
	if !slices.Contains(off.Environment("Worker"), "QUEUE_URL=") {
		t.Error(off.Environment("Worker"))
	}
	secret, err := secretsmanager.NewFromConfig(w.Config()).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(w.Name("Password"))})
	if err != nil || !strings.Contains(*secret.SecretString, `"username": "reader"`) {
		t.Error(err, secret)
	}
}

// TestWorkflow: each kind of state that the use cases have, with the functions, the
// table and the topic of the template.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase("EnableQueue", "true"))
	var busy, sent atomic.Int32
	w.Around("work", func(next local.Function) local.Function {
		return func(ctx context.Context, event []byte) ([]byte, error) {
			var in struct {
				Token string
				N     int
			}
			if err := json.Unmarshal(event, &in); err != nil {
				return nil, err
			}
			if in.Token != "" {
				go answerToken(t, w, in.Token, sent.Add(1) == 1)
			}
			if in.N == 2 && busy.Add(1) <= 2 {
				return nil, messages.InvokeResponse_Error{Type: "Throttled", Message: "slow"}
			}
			if in.N == 13 {
				return nil, messages.InvokeResponse_Error{Type: "Broken", Message: "for good"}
			}
			return next(ctx, event)
		}
	})
	var steps []string
	e, err := w.Run(t.Context(), "one", map[string]any{"items": []int{1, 2, 3}}, func(s local.Step) { steps = append(steps, s.Type+" "+s.State) })
	if err != nil || e.Status != "SUCCEEDED" || len(e.Empty()) > 0 || e.Count("Work") != 3 {
		t.Fatalf("%v %+v", err, e)
	}
	if diff := cmp.Diff(map[string]any{"sum": 3.0, "count": "3"}, e.Output["both"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"by": "somebody"}, e.Output["waited"]); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(steps, "TaskStateEntered Keep") || !slices.Contains(steps, "TaskFailed Work") || steps[len(steps)-1] != "ExecutionSucceeded " {
		t.Error(steps)
	}
	failures := 0
	for _, v := range e.Visits {
		failures += len(v.Failures)
		if v.Output == "" {
			t.Errorf("%s has no output", v.State)
		}
	}
	if failures != 2 || e.Largest() == 0 {
		t.Errorf("%d failures", failures)
	}
	c := w.Contents()
	if diff := cmp.Diff([]map[string]any{{"id": "one", "count": 3.0}}, c.Tables["app-records"]); diff != "" {
		t.Error(diff)
	}
	told := c.Messages["app-topic"]
	if len(told) != 1 || told[0].Subject != "Done" || !strings.Contains(told[0].Body, `"somebody"`) || told[0].Attributes["kind"] != "report" {
		t.Errorf("%+v", told)
	}
	if len(c.Queues["app-queue"]) != 1 {
		t.Error(c.Queues)
	}
	// What is refused, what fails for good, and a service that is busy.
	w.Fail("sns.Publish", awsfake.Answer{Status: 400, Body: "<ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error><RequestId>1</RequestId></ErrorResponse>"})
	e = w.Execute("two", map[string]any{"items": []int{1}})
	if e.Status != "SUCCEEDED" || e.Count("Both") != 0 || fmt.Sprint(e.Output["error"]) != "map[Cause:not today Error:Refused]" {
		t.Errorf("%+v", e)
	}
	e = w.Execute("three", map[string]any{"items": []int{1, 13}})
	if failed, _ := e.Output["error"].(map[string]any); e.Status != "SUCCEEDED" || failed["Error"] != "Broken" || e.Count("Keep") != 0 {
		t.Errorf("%+v", e)
	}
	if got := len(w.Contents().Messages["app-topic"]); got != 3 {
		t.Errorf("%d messages", got)
	}
}

// answerToken does what a callback does.
func answerToken(t *testing.T, w *local.World, token string, good bool) {
	operation, body := "SendTaskSuccess", map[string]string{"taskToken": token, "output": `{"by": "somebody"}`}
	if !good {
		operation, body = "SendTaskFailure", map[string]string{"taskToken": token, "error": "Refused", "cause": "not today"}
	}
	if err := w.Call(t.Context(), "states", "AWSStepFunctions."+operation, body, nil); err != nil {
		t.Error(err)
	}
}

// TestRefused: what is not here is an error.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase())
	for service, target := range map[string]string{
		"rekognition": "RekognitionService.DetectLabels", "glue": "AWSGlue.GetColumnStatisticsForTable", "athena": "AmazonAthena.CreateNotebook", "sagemaker": "SageMaker.CreateInferenceComponent",
	} {
		if err := w.Call(t.Context(), service, target, map[string]any{}, nil); err == nil || !strings.Contains(err.Error(), "NotImplemented") {
			t.Errorf("%s: %v", target, err)
		}
	}
	if _, err := w.Invoke("nobody", nil); err == nil {
		t.Error("a function that is not there")
	}
	for name, u := range map[string]local.UseCase{
		"there is no parameter Other": useCase("Other", "x"),
		"is none that it admits":      useCase("EnableQueue", "maybe"),
		"is no state machine":         {Name: "app", Template: "lambda/local/testdata/stack.yaml", Machine: "Nothing"},
		"Unknown parameter":           {Name: "app", Template: "lambda/local/testdata/stack.yaml", Answers: []local.Answer{{Service: "athena", Operation: "StopQueryExecution", Call: "x", Body: `{"a": 1}`}}},
		"no such file or directory":   {Name: "nothing"},
		"needs a value":               {Name: "event-driven"},
		"a resource that is made by":  {Name: "app", Before: func(w *local.World) error { _, err := w.Make("AWS::SQS::Queue", nil); return err }},
		"the local stack has no such ": {Name: "app", Before: func(w *local.World) error {
			_, err := w.Make("AWS::IAM::Role", map[string]any{"RoleName": "r"})
			return err
		}},
	} {
		if w, err := cloud.New(t.Context(), u); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				w.Close()
			}
		}
	}
}

// --- Athena ---

const facts = `{"path": "a.txt", "size": 10, "changed": "2025-01-01T00:00:00Z", "score": 1.5, "acls": [{"user": "Everyone", "access": "allow", "rights": ["full_control"]}, {"user": "root", "access": "allow"}], "unknown": 1}
{"path": "b.txt", "SIZE": 3, "changed": "2026-10-01 10:20:30.5", "acls": [], "score": null}

{"path": "c.txt", "acls": [{"User": "Everyone", "access": "deny", "more": {}}]}
`

// facts makes a World with two runs of facts.
func withFacts(t *testing.T) *local.World {
	t.Helper()
	w := cloud.Open(t, useCase())
	w.Put("app-data", "facts/dt=2026-11-01/run=r1/part-0.jsonl", []byte(facts))
	w.Put("app-data", "facts/dt=2026-11-02/run=r2/part-0.jsonl", []byte(`{"path": "later.txt", "size": 1}`))
	w.Put("app-data", "facts/dt=2026-11-01/run=r1/_manifest.jsonl", []byte("no JSON"))
	w.Put("app-data", "facts/dt=2023-11-01/run=r1/too-early.jsonl", []byte("no JSON"))
	w.Put("app-data", "facts/dt=2026-11-1/run=r1/not-of-the-format.jsonl", []byte("no JSON"))
	return w
}

func TestQuery(t *testing.T) {
	t.Parallel()
	w := withFacts(t)
	for sql, want := range map[string]string{
		"SELECT path, size FROM files WHERE run = 'r1' ORDER BY path":                                                                                                                                                    "path=a.txt size=10; path=b.txt size=3; path=c.txt",
		"SELECT count(*) AS n, sum(size) AS s, avg(score) AS a FROM facts.files f WHERE f.run = 'r1'":                                                                                                                    "n=3 s=13 a=1.5",
		"SELECT path, acl.user FROM files CROSS JOIN UNNEST(acls) AS t(acl) WHERE run = 'r1' AND acl.access = 'allow' AND contains(acl.rights, 'full_control')":                                                          "path=a.txt user=Everyone",
		"SELECT path FROM files WHERE run = 'r1' AND changed < date_add('day', -90, timestamp '2026-11-01 00:00:00')":                                                                                                    "path=a.txt",
		"SELECT path, date_diff('day', changed, timestamp '2026-11-01 00:00:00') AS days FROM files WHERE run = 'r1' AND date_diff('day', changed, timestamp '2026-11-01 00:00:00') > 90":                                "path=a.txt days=669",
		"SELECT changed FROM files WHERE run = 'r1' AND path = 'b.txt'":                                                                                                                                                  "changed=2026-10-01 10:20:30.500",
		"SELECT size / 4 AS q, size / 4.0 AS r, cast(size AS double) / 4 AS d FROM files WHERE run = 'r1' AND path = 'a.txt'":                                                                                            "q=2 r=2.5 d=2.5",
		"SELECT path FROM files WHERE run = 'r1' AND any_match(acls, a -> a.user = 'Everyone' AND a.access = 'deny')":                                                                                                    "path=c.txt",
		"SELECT cardinality(acls) AS n, json_format(CAST(acls AS JSON)) IS NOT NULL AS j FROM files WHERE run = 'r1' AND path = 'a.txt'":                                                                                 "n=2 j=true",
		"SELECT count(*) /* _col0 */ FROM files WHERE run = 'r1'":                                                                                                                                                        "_col0=3",
		"SELECT run, max(dt) AS dt FROM files WHERE run IN ('r1', 'r2') GROUP BY run ORDER BY run":                                                                                                                       "run=r1 dt=2026-11-01; run=r2 dt=2026-11-02",
		"SELECT approx_percentile(size, 0.5) AS m, count_if(size IS NULL) AS missing, max_by(path, size) AS p FROM files WHERE run = 'r1'":                                                                               "m=3 missing=1 p=a.txt",
		"WITH l AS (SELECT path, row_number() OVER (PARTITION BY run ORDER BY size DESC) AS n FROM files WHERE run = 'r1') SELECT path FROM l WHERE n = 1":                                                               "path=a.txt",
		"SELECT from_iso8601_timestamp('2026-01-02T03:04:05Z') AS t, date_format(changed, '%Y-%m') AS m, date '2026-01-01' AS d, regexp_like(path, '^a') AS r, 1e10 AS e FROM files WHERE run = 'r1' AND path = 'a.txt'": "t=2026-01-02 03:04:05.000 UTC m=2025-01 d=2026-01-01 r=true e=1.0E10",
		"SELECT array_join(transform(acls, a -> a.user), ',') AS u, element_at(acls, 1).access AS x FROM files WHERE run = 'r1' AND path = 'a.txt'":                                                                      "u=Everyone,root x=allow",
		"SELECT try_cast('x' AS integer) IS NULL AS y, coalesce(score, 0) AS s FROM files WHERE run = 'r1' AND path = 'b.txt'":                                                                                           "y=true s=0.0",
	} {
		rows, err := w.Query(sql)
		if got := said(rows, sql); err != nil || got != want {
			t.Errorf("%s\n%v\n got %s\nwant %s", sql, err, got, want)
		}
	}
	rows, err := w.Query("WITH l AS (SELECT path, size FROM files WHERE run = ? AND path <> 'a?') SELECT path FROM l WHERE size > ?", "'r1'", "5")
	if said(rows, "path") != "path=a.txt" || err != nil {
		t.Error(rows, err)
	}
	if keys := w.Keys("results-eu-west-1", "athena/"); len(keys) != 17 || !strings.HasSuffix(keys[0], ".csv") {
		t.Error(keys)
	}
}

// said writes rows, with the columns in the order in which the query names them.
func said(rows []map[string]string, sql string) string {
	var lines []string
	for _, row := range rows {
		var fields []string
		for name, value := range row {
			fields = append(fields, name+"="+value)
		}
		place := func(field string) int {
			name, _, _ := strings.Cut(field, "=")
			if i := strings.Index(sql, " AS "+name); i >= 0 {
				return i
			}
			return strings.Index(sql, name)
		}
		slices.SortFunc(fields, func(a, b string) int { return place(a) - place(b) })
		lines = append(lines, strings.Join(fields, " "))
	}
	return strings.Join(lines, "; ")
}

func TestQueryFails(t *testing.T) {
	t.Parallel()
	w := withFacts(t)
	for sql, want := range map[string]string{
		"SELECT nothing FROM files WHERE run = 'r1'":             "COLUMN_NOT_FOUND: line 1:1: Column 'nothing'",
		"SELECT path FROM files":                                 "CONSTRAINT_VIOLATION",
		"SELECT path FROM others":                                "TABLE_NOT_FOUND",
		"SELEKT path":                                            "SYNTAX_ERROR",
		"SELECT path FROM":                                       "SYNTAX_ERROR",
		"DROP TABLE files":                                       "NOT_SUPPORTED",
		"SELECT 1; SELECT 2":                                     "Only one sql statement",
		"SELECT path FROM files WHERE run = ?":                   "INVALID_PARAMETER_USAGE",
		"SELECT path FROM files WHERE run = 'r1' AND no_such(1)": "SYNTAX_ERROR",
	} {
		if _, err := w.Query(sql); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
	}
	if _, err := w.Query("SELECT path FROM files WHERE run = ?", "r1"); err == nil || !strings.Contains(err.Error(), "texts need single quotes") {
		t.Error(err)
	}
}

// TestBadRows: what the SerDe cannot read fails the query, also in a partition that
// another one is not about.
func TestBadRows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\"path\": \"a\"}\nno JSON\n":      "HIVE_CURSOR_ERROR: Row is not a valid JSON Object",
		`{"path": "a", "size": "many"}`:     "HIVE_BAD_DATA",
		`{"path": "a", "acls": {}}`:         "HIVE_BAD_DATA",
		`{"path": "a", "changed": "today"}`: "HIVE_BAD_DATA",
	} {
		w := withFacts(t)
		w.Put("app-data", "facts/dt=2026-11-03/run=r1/part.jsonl", []byte(text))
		if _, err := w.Query("SELECT path FROM files WHERE run = 'r1'"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestPages: a long result has pages, and rows in their order.
func TestPages(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase())
	var lines strings.Builder
	const many = 2500
	for i := range many {
		fmt.Fprintf(&lines, `{"path": "%05d", "size": %d}`+"\n", i, i)
	}
	w.Put("app-data", "facts/dt=2026-11-01/run=r1/part.jsonl", []byte(lines.String()))
	rows, err := w.Query("SELECT path, size FROM files WHERE run = 'r1' ORDER BY path")
	if err != nil || len(rows) != many || rows[many-1]["size"] != fmt.Sprint(many-1) {
		t.Fatal(len(rows), err)
	}
	calls := 0
	w.Peek(func(c awsfake.Call) {
		if c.Name == "AmazonAthena.GetQueryResults" {
			calls++
		}
	})
	if calls != 3 {
		t.Errorf("%d pages", calls)
	}
}

// TestAthenaRefuses: a workgroup without a location, a token for another query.
func TestAthenaRefuses(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase())
	client := sdk.NewFromConfig(w.Config())
	ask := func(group, token, sql string) error {
		_, err := client.StartQueryExecution(t.Context(), &sdk.StartQueryExecutionInput{QueryString: &sql, WorkGroup: &group, ClientRequestToken: &token})
		return err
	}
	token := strings.Repeat("t", 32)
	if err := ask("queries", token, "SELECT 1"); err != nil {
		t.Error(err)
	}
	if err := ask("queries", token, "SELECT 2"); err == nil || !strings.Contains(err.Error(), "Idempotent") {
		t.Error(err)
	}
	if err := ask("primary", token+"2", "SELECT 1"); err == nil || !strings.Contains(err.Error(), "No output location") {
		t.Error(err)
	}
	if err := ask("others", token+"3", "SELECT 1"); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Error(err)
	}
}

// TestFormats: partitions of the catalogue, other SerDes, and tables that lack
// something.
func TestFormats(t *testing.T) {
	t.Parallel()
	w := cloud.Open(t, useCase())
	table := func(name, serde string, parameters map[string]any, keys ...map[string]any) {
		t.Helper()
		descriptor := map[string]any{
			"Location": "s3://app-data/" + name, "Columns": []any{map[string]any{"Name": "a", "Type": "string"}, map[string]any{"Name": "b", "Type": "int"}},
			"InputFormat": "org.apache.hadoop.mapred.TextInputFormat", "SerdeInfo": map[string]any{"SerializationLibrary": serde, "Parameters": parameters},
		}
		input := map[string]any{"Name": name, "StorageDescriptor": descriptor, "PartitionKeys": keys}
		if _, err := w.Make("AWS::Glue::Table", map[string]any{"DatabaseName": "facts", "TableInput": input}); err != nil {
			t.Fatal(err)
		}
	}
	const hive = "org.apache.hive.hcatalog.data.JsonSerDe"
	table("parts", hive, nil, map[string]any{"Name": "year", "Type": "int"})
	table("rows", "org.apache.hadoop.hive.serde2.OpenCSVSerde", map[string]any{"separatorChar": ";", "skip.header.line.count": "1"})
	table("tabs", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", map[string]any{"field.delim": "\t"})
	table("lenient", "org.openx.data.jsonserde.JsonSerDe", map[string]any{"ignore.malformed.json": "true", "mapping.a": "Alpha"})
	table("avro", "org.apache.hadoop.hive.serde2.avro.AvroSerDe", nil)
	w.Put("app-data", "parts/year=2025/x.json", []byte(`{"a": "x", "b": 1}`))
	w.Put("app-data", "parts/year=2026/x.json", []byte(`{"a": "y", "b": 2}`))
	w.Put("app-data", "rows/x.csv", []byte("a;b\n\"x;y\";1\n"))
	w.Put("app-data", "tabs/x.tsv", []byte("x\t1\ny\tno number\n"))
	w.Put("app-data", "lenient/x.json", []byte("{\"Alpha\": \"x\"}\nno JSON\n"))
	w.Put("app-data", "avro/x.avro", []byte("x"))
	if rows, err := w.Query("SELECT a FROM facts.parts"); err != nil || len(rows) != 0 {
		t.Errorf("a partition that nobody has added: %v %v", rows, err)
	}
	partition := map[string]any{"Values": []any{"2026"}, "StorageDescriptor": map[string]any{"Location": "s3://app-data/parts/year=2026/"}}
	if _, err := w.Make("AWS::Glue::Partition", map[string]any{"DatabaseName": "facts", "TableName": "parts", "PartitionInput": partition}); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		"SELECT a, b, year FROM parts WHERE year > 2000":   "a=y b=2 year=2026",
		"SELECT a, b FROM rows":                            "a=x;y b=1",
		"SELECT a, b FROM tabs ORDER BY a":                 "a=x b=1; a=y",
		"SELECT count(*) AS n, count(a) AS a FROM lenient": "n=2 a=1",
	} {
		if rows, err := w.Query(sql); err != nil || said(rows, sql) != want {
			t.Errorf("%s: %v %s", sql, err, said(rows, sql))
		}
	}
	if _, err := w.Query("SELECT a FROM avro"); err == nil || !strings.Contains(err.Error(), "not supported here") {
		t.Error(err)
	}
	if got := w.Contents().Glue["facts.parts"]; len(got) != 1 || got[0][0] != "2026" {
		t.Error(got)
	}
}
