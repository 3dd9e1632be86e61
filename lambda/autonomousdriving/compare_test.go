package autonomousdriving

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestVariantOf(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:logs:eu-west-1:1:log-group:/aws/sagemaker/Endpoints/e:log-stream:challenger/i-0abc": "challenger",
		"arn:aws:logs:eu-west-1:1:log-group:/aws/sagemaker/Endpoints/e":                              "unknown",
		"": "unknown",
	} {
		if got := variantOf(arn); got != want {
			t.Errorf("%q: %s, want %s", arn, got, want)
		}
	}
}

// TestBounds: a schedule, whenever it began, covers time once: each window begins
// where the one before ended.
func TestBounds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 12, 7, 30, 0, time.UTC)
	start, end := bounds(at, 5*time.Minute)
	if start.Format(time.TimeOnly) != "12:00:00" || end.Format(time.TimeOnly) != "12:05:00" {
		t.Errorf("%s to %s", start, end)
	}
	rapid.Check(t, func(t *rapid.T) {
		const window = 5 * time.Minute
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "part"))
		start, end := bounds(at, window)
		next, _ := bounds(at.Add(window), window)
		if end.Sub(start) != window || !next.Equal(end) || at.Sub(end) < late || at.Sub(end) >= late+window {
			t.Fatalf("%s: %s to %s, then %s", at, start, end, next)
		}
	})
}
