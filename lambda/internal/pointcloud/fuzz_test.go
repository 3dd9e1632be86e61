package pointcloud_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud"
)

// Any input gives metrics that agree with themselves, or an error that has a place
// in it; and the same if it comes byte by byte.
func FuzzMeasure(f *testing.F) {
	for _, test := range clouds {
		if len(test.input) < 1<<10 {
			f.Add([]byte(test.input))
		}
	}
	for _, test := range refused {
		if len(test.input) < 1<<10 {
			f.Add([]byte(test.input))
		}
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		metrics, err := pointcloud.Measure(t.Context(), bytes.NewReader(input))
		slow, slowErr := pointcloud.Measure(t.Context(), iotest.OneByteReader(bytes.NewReader(input)))
		if diff := cmp.Diff(metrics, slow, cmpopts.IgnoreUnexported(pointcloud.Header{})); diff != "" {
			t.Errorf("byte by byte (-at once +byte by byte):\n%s", diff)
		}
		if err == nil {
			check(t, metrics, int64(len(input)))
			return
		}
		var located *pointcloud.Error
		if !errors.As(err, &located) || located.Offset < 0 || located.Offset > int64(len(input)) {
			t.Errorf("error %v, want one with a place in %d bytes", err, len(input))
		}
		if slowErr == nil || slowErr.Error() != err.Error() {
			t.Errorf("errors %v and, byte by byte, %v", err, slowErr)
		}
	})
}

// check holds metrics against each other.
func check(t *testing.T, m *pointcloud.Metrics, size int64) {
	t.Helper()
	if m.Points < 0 || m.Points > size || m.Invalid > m.NaN || m.NaN > m.Points || m.TrailingBytes+m.Malformed > size {
		t.Errorf("counts do not agree: %+v", m)
	}
	if (m.Bounds != nil) != (m.Points > m.NaN) {
		t.Errorf("bounds %+v of %d points, %d of them NaN", m.Bounds, m.Points, m.NaN)
	}
	if m.Intensity != nil && (m.Intensity.Count > m.Points || m.Intensity.Min > m.Intensity.Max) {
		t.Errorf("intensity %+v of %d points", m.Intensity, m.Points)
	}
	if m.CountMatches != (m.Points == m.Header.Points) {
		t.Errorf("count matches: %t, with %d of %d points", m.CountMatches, m.Points, m.Header.Points)
	}
	if len(m.Failures()) == 0 && (m.Points == 0 || !m.CountMatches || m.Density <= 0 || m.Invalid > 0) {
		t.Errorf("no failure of %+v", m)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Errorf("no JSON: %v", err)
	}
}
