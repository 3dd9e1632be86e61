package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/internal/config"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

func TestValues(t *testing.T) {
	t.Parallel()
	r := config.NewReader([]string{
		"TEXT= a=b ", "EMPTY=", "YES=true", "NO=false", "MODE=fast", "LIST= .jpg,, .png ,", "N=7", "F=0.25", "D=90s", "BUCKET=in-bucket",
		"ALIAS=vol-abc123-ext-s3alias", "ARN=arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/vol",
	})
	got := []any{
		r.Text("TEXT"), r.TextOr("EMPTY", "x"), r.TextOr("TEXT", "x"), r.Bool("YES", false), r.Bool("NO", true), r.Bool("NONE", true),
		r.Choice("MODE", "slow", "fast"), r.Choice("NONE", "slow", "fast"), r.List("LIST"), r.List("NONE"),
		r.Int("N", 1, 7, 7), r.Int("NONE", 1, 5, 7), r.Float("F", 1, 0, 1), r.Duration("D", 0, time.Second, time.Hour),
		r.Bucket("BUCKET"), r.Bucket("ALIAS"), r.Bucket("ARN"),
	}
	want := []any{
		"a=b", "x", "a=b", true, false, true, "fast", "slow",
		[]string{".jpg", ".png"},
		[]string(nil),
		7, 1, 0.25, 90 * time.Second, "in-bucket", "vol-abc123-ext-s3alias", "arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/vol",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
}

// TestProblems tells all of them, in the order in which they are read, and no value.
func TestProblems(t *testing.T) {
	t.Parallel()
	r := config.NewReader([]string{
		"YES=TRUE-planted", "MODE=planted", "LOW=6", "HIGH=8", "N=7planted", "NAN=NaN", "D=90", "BUCKET=Planted", "ARN=arn:aws:s3:::planted",
	})
	r.Text("MISSING")
	r.Bool("YES", false)
	r.Choice("MODE", "slow", "fast")
	r.Int("LOW", 7, 7, 7)
	r.Int("HIGH", 7, 7, 7)
	r.Int("N", 7, 7, 7)
	r.Float("NAN", 0, 0, 1)
	r.Duration("D", 0, 0, time.Hour)
	r.Bucket("BUCKET")
	r.Bucket("ARN")
	r.Bucket("NONE")
	err := r.Err()
	want := "environment: MISSING: is not set; YES: want one of false, true; MODE: want one of slow, fast; " +
		"LOW: want a value from 7 to 7; HIGH: want a value from 7 to 7; N: want a value from 7 to 7; NAN: want a value from 0 to 1; " +
		"D: want a value from 0s to 1h0m0s; BUCKET: want a bucket, or the alias or the ARN of an access point; " +
		"ARN: want a bucket, or the alias or the ARN of an access point; NONE: is not set"
	if failure.Of(err) != failure.Configuration || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	if strings.Contains(err.Error(), "lanted") {
		t.Error("a value is told")
	}
}
