package hook

import (
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const plantedCredentials = `{"accessKeyId":"ASIAPLANTED","secretAccessKey":"planted-secret","sessionToken":"planted-token"}`

// sinkRig is a rig whose settings name a decision log. unrecorded has what did
// not get there.
func sinkRig(t *testing.T, log string, change func(*Options)) (r *rig, unrecorded *[]string) {
	t.Helper()
	unrecorded = new([]string)
	r = newRig(t, nil, func(o *Options) {
		o.Config.DecisionLog = log
		o.Unrecorded = func(_ context.Context, kind string) { *unrecorded = append(*unrecorded, kind) }
		if change != nil {
			change(o)
		}
	})
	return r, unrecorded
}

// bareBucket is an event that a rule blocks.
func bareBucket() map[string]any {
	p := goodBucket()
	delete(p, "BucketEncryption")
	p["BucketName"] = "planted-password"
	return resourceEvent("CREATE_PRE_PROVISION", "AWS::S3::Bucket", p)
}

// privateEvent is bareBucket with what CloudFormation adds for private hooks
// that have logging.
func privateEvent() map[string]any {
	e := bareBucket()
	data := e["requestData"].(map[string]any)
	data["providerCredentials"], data["providerLogGroupName"] = plantedCredentials, "acme-hook-logs"
	return e
}

// expectBlocked sends an event and expects the verdict, whatever logs do.
func expectBlocked(t *testing.T, r *rig, event map[string]any) {
	t.Helper()
	if got := r.respond(context.Background(), event); !strings.HasPrefix(got.Message, refused) || got.ErrorCode != NonCompliant {
		t.Errorf("%s: %s", got.ErrorCode, got.Message)
	}
}

// expectRecord checks the record of a call with bareBucket.
func expectRecord(t *testing.T, line string) {
	t.Helper()
	var record struct {
		Time, Msg string
		Decision  struct {
			Token, Type, Status, Digest string
			Findings                    []DecisionFinding
		}
	}
	if err := json.Unmarshal([]byte(line), &record); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	d := record.Decision
	if record.Msg != "decision" || d.Token != testToken || d.Type != "AWS::S3::Bucket" || d.Status != "FAILED" ||
		!strings.HasPrefix(d.Digest, "sha256:") || len(d.Findings) != 1 || d.Findings[0].Rule != "BUCKET_ENCRYPTED" || !d.Findings[0].Blocks {
		t.Errorf("%s", line)
	}
	noSecrets(t, "record", line)
}

// expectUnrecorded checks that a failure is told: a line, and a metric.
func expectUnrecorded(t *testing.T, r *rig, unrecorded *[]string, kind, reason string) {
	t.Helper()
	if len(*unrecorded) != 1 || (*unrecorded)[0] != kind {
		t.Errorf("unrecorded: %v", *unrecorded)
	}
	log := r.log.String()
	if !strings.Contains(log, "a decision was not recorded") || !strings.Contains(log, reason) {
		t.Errorf("no %q in %s", reason, log)
	}
	noSecrets(t, "log", log)
	*unrecorded = nil
	r.log.Reset()
}

// TestDecisionLogS3 keeps an object for each call, also for one that was
// delivered twice.
func TestDecisionLogS3(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	open := func(o *Options) {
		o.OpenStore = func(context.Context, *Credentials) (ObjectStore, error) { return b.client, nil }
	}
	r, unrecorded := sinkRig(t, "s3://rules/decisions/", open)
	for range 2 {
		expectBlocked(t, r, bareBucket())
	}
	list, err := b.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("rules")})
	if err != nil || len(list.Contents) != 2 {
		t.Fatalf("%v, %d objects", err, len(list.Contents))
	}
	for _, o := range list.Contents {
		if !regexp.MustCompile(`^decisions/2026/03/01/Acme__Policy__Hook/` + testToken + `-[0-9a-f]{8}\.json$`).MatchString(*o.Key) {
			t.Errorf("key %s", *o.Key)
		}
		out, err := b.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("rules"), Key: o.Key})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		expectRecord(t, string(body))
	}
	if len(*unrecorded) > 0 {
		t.Errorf("unrecorded: %v", *unrecorded)
	}

	b.down.Store(true)
	expectBlocked(t, r, bareBucket())
	expectUnrecorded(t, r, unrecorded, sinkS3, "S3 answers")
	b.down.Store(false)
	b.deaf.Store(true)
	expectBlocked(t, r, bareBucket())
	expectUnrecorded(t, r, unrecorded, sinkS3, "in time")
}

// TestDecisionLogKeys keeps what an event says out of the structure of keys.
func TestDecisionLogKeys(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		"../../other": ".._.._other-", "": "unknown-", "..": "unknown-", "a/b c\n": "a_b_c_-", strings.Repeat("é", 300): "unknown-",
		strings.Repeat("x", 900): strings.Repeat("x", 200) + "-",
	} {
		key := objectKey(&Decision{Token: token, HookType: "A::B/C::D"}, now())
		if !strings.HasPrefix(key, "2026/03/01/A__B_C__D/"+want) || strings.Count(key, "/") != 4 {
			t.Errorf("%q: %s", token, key)
		}
	}
}

// TestDecisionLogGroup writes to a stream of a log group: one request a call,
// once the stream is there.
func TestDecisionLogGroup(t *testing.T) {
	t.Parallel()
	l := newLogsServer(t, "/acme/decisions")
	r, unrecorded := sinkRig(t, "logs:/acme/decisions", func(o *Options) { o.OpenLogs = l.open })
	for _, want := range []string{"PutLogEvents CreateLogStream PutLogEvents", "PutLogEvents"} {
		expectBlocked(t, r, bareBucket())
		if got := l.requests(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for name, lines := range l.messages("/acme/decisions") {
		if !strings.HasPrefix(name, "2026/03/01/guardhook/") || len(lines) != 2 {
			t.Errorf("stream %s: %d lines", name, len(lines))
		}
		for _, line := range lines {
			expectRecord(t, line)
		}
	}
	if len(*unrecorded) > 0 || !l.keys["AKIAFUNCTION"] {
		t.Errorf("unrecorded: %v; keys %v", *unrecorded, l.keys)
	}
	l.reject = true
	expectBlocked(t, r, bareBucket())
	expectUnrecorded(t, r, unrecorded, sinkLogs, "rejects the record")

	missing, unrecorded := sinkRig(t, "logs:/acme/none", func(o *Options) { o.OpenLogs = l.open })
	expectBlocked(t, missing, bareBucket())
	expectUnrecorded(t, missing, unrecorded, sinkLogs, "has no log group of this name")
	if l.messages("/acme/none") != nil {
		t.Error("the log group was made")
	}
}

// TestProviderLog delivers the record and the metrics of a private hook's call
// to the log group of its owner, with the credentials of the event.
func TestProviderLog(t *testing.T) {
	t.Parallel()
	l := newLogsServer(t)
	r, unrecorded := sinkRig(t, "", func(o *Options) { o.OpenLogs = l.open })
	expectBlocked(t, r, privateEvent())
	if got, want := l.requests(), "PutLogEvents CreateLogStream CreateLogGroup CreateLogStream PutLogEvents"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	const stream = "arn__aws__cloudformation__eu-west-1__111122223333__stack/app/7f0c2a10-0000-11f0-9aaa-0a0a0a0a0a0a/It"
	lines := l.messages("acme-hook-logs")[stream]
	if len(lines) != 3 {
		t.Fatalf("%v", l.messages("acme-hook-logs"))
	}
	expectRecord(t, lines[0])
	for _, line := range lines[1:] {
		if !strings.Contains(line, `"_aws"`) || !json.Valid([]byte(line)) {
			t.Errorf("%s", line)
		}
	}
	if len(l.keys) != 1 || !l.keys["ASIAPLANTED"] {
		t.Errorf("keys %v", l.keys)
	}
	cloud := privateEvent()
	cloud["stackId"] = ""
	expectBlocked(t, r, cloud)
	if got := len(l.messages("acme-hook-logs")); got != 2 || len(*unrecorded) > 0 {
		t.Errorf("%d streams, unrecorded: %v", got, *unrecorded)
	}

	data := func(e map[string]any) map[string]any { return e["requestData"].(map[string]any) }
	for _, bad := range []string{"AYADeLplanted-secret", "{", `{"accessKeyId":"ASIAPLANTED"}`} {
		e := privateEvent()
		data(e)["providerCredentials"] = bad
		expectBlocked(t, r, e)
		expectUnrecorded(t, r, unrecorded, sinkProvider, "event.requestData.providerCredentials: ")
	}
	e := privateEvent()
	data(e)["providerLogGroupName"] = "no: group"
	expectBlocked(t, r, e)
	expectUnrecorded(t, r, unrecorded, sinkProvider, "CloudWatch Logs answers InvalidParameterException")
	l.requests()
	for _, absent := range []string{"providerCredentials", "providerLogGroupName"} {
		e := privateEvent()
		delete(data(e), absent)
		expectBlocked(t, r, e)
	}
	if got := l.requests(); got != "" || len(*unrecorded) > 0 {
		t.Errorf("without logging: %s, unrecorded: %v", got, *unrecorded)
	}
}

// TestSinkFaults has sinks panic, not listen to the deadline, and be too many.
func TestSinkFaults(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	for name, c := range map[string]struct {
		write  func(context.Context, *Decision) error
		reason string
	}{
		"panic": {func(context.Context, *Decision) error { panic("planted-secret") }, "A fault in the program"},
		"deaf":  {func(context.Context, *Decision) error { <-release; return nil }, "no answer in time"},
		"many":  {nil, "deliveries are under way already"},
	} {
		t.Run(name, func(t *testing.T) {
			r, unrecorded := sinkRig(t, "", nil)
			if name == "deaf" {
				t.Cleanup(func() { close(release) })
			}
			r.own = []sink{{kind: sinkS3, place: "here", write: c.write}}
			if c.write == nil {
				for range maxDeliveries {
					r.deliveries <- struct{}{}
				}
			}
			expectBlocked(t, r, bareBucket())
			expectUnrecorded(t, r, unrecorded, sinkS3, c.reason)
		})
	}
}

// TestUnavailableSink is what a Handler without AWS clients says.
func TestUnavailableSink(t *testing.T) {
	t.Parallel()
	for log, kind := range map[string]string{"s3://b/": sinkS3, "logs:group": sinkLogs} {
		r, unrecorded := sinkRig(t, log, nil)
		expectBlocked(t, r, bareBucket())
		expectUnrecorded(t, r, unrecorded, kind, "is not available")
	}
	r, _ := sinkRig(t, "nowhere", nil)
	if got := r.respond(context.Background(), bareBucket()); got.ErrorCode != InvalidTypeConfiguration || !strings.Contains(got.Message, "decisionLog: want") {
		t.Errorf("%s: %s", got.ErrorCode, got.Message)
	}
}

// TestMetrics counts decisions by target and by resource type. What a caller
// invents as a type makes no metric of its own.
func TestMetrics(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decision Decision
		want     string
	}{
		{Decision{Kind: Resource, TypeName: "AWS::S3::Bucket", Status: Failed}, `"Target":"RESOURCE","TargetType":"AWS::S3::Bucket"`},
		{Decision{Kind: CloudControl, TypeName: "Acme::Own::Thing", Status: Failed}, `"Target":"CLOUD_CONTROL","TargetType":"Other"`},
		{Decision{Kind: Resource, TypeName: "AWS::New::" + strings.Repeat("x", 3000), Status: Failed}, `"Target":"RESOURCE","TargetType":"Other"`},
		{Decision{Kind: Resource, TypeName: "Custom::Thing", Status: Failed}, `"Target":"RESOURCE","TargetType":"Custom"`},
		{Decision{Kind: Stack, Status: Failed}, `"Target":"STACK","TargetType":"STACK"`},
		{Decision{Status: Failed}, `"Target":"UNKNOWN","TargetType":"UNKNOWN"`},
	} {
		lines := c.decision.EmbeddedMetrics("Test", now())
		var line struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []metricSet
			} `json:"_aws"`
		}
		if err := json.Unmarshal(lines[0], &line); err != nil || len(lines) != 1 || !strings.Contains(string(lines[0]), c.want) {
			t.Fatalf("%v: %s", err, lines)
		}
		var values map[string]any
		if err := json.Unmarshal(lines[0], &values); err != nil {
			t.Fatal(err)
		}
		for _, set := range line.AWS.CloudWatchMetrics {
			for _, name := range set.Dimensions[0] {
				if _, ok := values[name].(string); !ok {
					t.Errorf("dimension %s is not there: %s", name, lines[0])
				}
			}
			for _, m := range set.Metrics {
				if _, ok := values[m.Name].(float64); !ok {
					t.Errorf("metric %s is not there: %s", m.Name, lines[0])
				}
			}
		}
		if len(line.AWS.CloudWatchMetrics) != 2 || line.AWS.Timestamp != now().UnixMilli() {
			t.Errorf("%s", lines[0])
		}
	}
	var many Decision
	for range 2 {
		for i := range 30 {
			many.Findings = append(many.Findings, DecisionFinding{Rule: "R" + string(rune('a'+i)), Blocks: i != 0})
		}
	}
	if got := len(many.EmbeddedMetrics("Test", now())); got != 1+maxRuleMetrics {
		t.Errorf("%d lines", got)
	}
	if got := string(UnrecordedMetric("Test", sinkS3, now())); !strings.Contains(got, `"DecisionLogErrors":1`) || !strings.Contains(got, `"Log":"S3"`) {
		t.Errorf("%s", got)
	}
}
