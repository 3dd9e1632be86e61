package hook

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/rules"
)

func TestMessagesAreCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stack string
		limit int
	}{{testStackID, maxMessage}, {"", maxCloudControlMessage}} {
		for _, text := range []string{strings.Repeat("x", 10_000), strings.Repeat("é", 10_000), strings.Repeat("日本", 3000), "\xff\xfe", "", " "} {
			r := newResponse(&Event{StackID: c.stack, Kind: Resource}, NonCompliant, text, "[policy sha256:0]", nil)
			if len(r.Message) > c.limit || !utf8.ValidString(r.Message) || !strings.HasSuffix(r.Message, " [policy sha256:0]") {
				t.Errorf("%.20q: %d bytes: %.40q", text, len(r.Message), r.Message)
			}
		}
	}
}

// TestManyFindings answers with more than a response holds.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	j := &judgement{}
	for i := range 400 {
		rule := &rules.Rule{
			ID: fmt.Sprintf("RULE_%03d", i), Severity: rules.Severity(i%5 + 1), Remediation: strings.Repeat("Do it. ", 3000),
			RelatedResources: []string{"https://example.com/" + strings.Repeat("x", 6000)},
		}
		status := rules.Pass
		if i%2 == 0 {
			status = rules.Fail
		}
		for range 3 {
			j.add(verdict{Finding: rules.Finding{
				Rule: rule, Status: status, Level: rules.Block, Resource: "It", Message: strings.Repeat("Wrong. ", 3000),
			}, blocks: status == rules.Fail})
		}
	}
	ranked := j.rank()
	r := newResponse(&Event{Kind: Resource, StackID: testStackID}, j.code(), j.message(ranked), "", annotations(ranked))
	out := r.encode()
	checkResponse(t, out)
	if len(out) > 1<<20 {
		t.Errorf("%d bytes", len(out))
	}
	if len(r.Annotations) != maxAnnotations || r.Annotations[0].Severity != rules.Critical || r.Annotations[0].Status != AnnotationFailed {
		t.Errorf("%d annotations, first %+v", len(r.Annotations), r.Annotations[0].Name)
	}
	if !strings.HasPrefix(r.Message, "200 rules block: RULE_004, RULE_014, ") || !strings.Contains(r.Message, "and 180 more. RULE_004: ") {
		t.Errorf("%.400s", r.Message)
	}
}

func TestManagedCodes(t *testing.T) {
	t.Parallel()
	for _, c := range contractCodes() {
		want := InternalFailure
		if c == NonCompliant {
			want = NonCompliant
		}
		if got := newResponse(&Event{Managed: true, Kind: Resource}, c, "x", "", nil).ErrorCode; got != want {
			t.Errorf("%s: %s", c, got)
		}
		if got := newResponse(&Event{Kind: Resource}, c, "x", "", nil).ErrorCode; got != c {
			t.Errorf("private %s: %s", c, got)
		}
	}
}
