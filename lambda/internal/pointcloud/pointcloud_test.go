package pointcloud_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud"
)

// cube are the bounds from 0 to side on each axis.
func cube(side float64) *pointcloud.Bounds {
	r := pointcloud.Range{Max: side}
	return &pointcloud.Bounds{X: r, Y: r, Z: r}
}

func intensity(least, most, mean float64, count int64) *pointcloud.Intensity {
	return &pointcloud.Intensity{Range: pointcloud.Range{Min: least, Max: most}, Mean: mean, Count: count}
}

// clouds are well formed; each has metrics and reasons to fail.
var clouds = map[string]struct {
	input    string
	want     pointcloud.Metrics
	failures []string
}{
	"ascii": {
		input: pcd("ascii", 3, 1, "0 0 0 1\n2 2 2 2\n\n1e0 1 1. 6"),
		want:  pointcloud.Metrics{Points: 3, Bounds: cube(2), Density: 0.375, Intensity: intensity(1, 6, 3, 3), CountMatches: true},
	},
	"ascii of Windows": {
		input: strings.ReplaceAll(pcd("ascii", 2, 1, "0 0 0 1\n2 2 2 3\n"), "\n", "\r\n"),
		want:  pointcloud.Metrics{Points: 2, Bounds: cube(2), Density: 0.25, Intensity: intensity(1, 3, 2, 2), CountMatches: true},
	},
	"NaN": {
		input:    pcd("ascii", 4, 1, "0 0 0 1\n2 2 2 3\n9 nan 9 nan\n-nan(ind) 0 -NAN +nan\n"),
		want:     pointcloud.Metrics{Points: 4, Bounds: cube(2), Density: 0.5, NaN: 2, NaNShare: 0.5, Intensity: intensity(1, 3, 2, 2), CountMatches: true},
		failures: []string{"Points with NaN coordinates: 2"},
	},
	"NaN of an organised cloud": {
		input: pcd("ascii", 2, 2, "0 0 0 1\n2 2 2 3\nnan nan nan 0\nnan nan nan 0\n"),
		want:  pointcloud.Metrics{Points: 4, Bounds: cube(2), Density: 0.5, NaN: 2, NaNShare: 0.5, Intensity: intensity(0, 3, 1, 4), CountMatches: true},
	},
	"no numbers": {
		input: pcd("ascii", 2, 2, "0 0 0 1\nx 2 2 1\ninf 2 2 1\n1 1e999 2 1\n"),
		want: pointcloud.Metrics{
			Points: 4, Bounds: cube(0), Density: 4e9, NaN: 3, NaNShare: 0.75, Invalid: 3, Intensity: intensity(1, 1, 1, 4), CountMatches: true,
		},
		failures: []string{"Points with invalid coordinates: 3"},
	},
	"malformed lines": {
		input:    pcd("ascii", 2, 1, "0 0 0 1\n2 2 2\n2 2 2 3 4\n2 2 2 3\n"),
		want:     pointcloud.Metrics{Points: 2, Bounds: cube(2), Density: 0.25, Malformed: 2, Intensity: intensity(1, 3, 2, 2), CountMatches: true},
		failures: []string{"Lines with a wrong number of values: 2"},
	},
	"mismatch": {
		input:    pcd("ascii", 5, 1, "0 0 0 1\n2 2 2 3\n"),
		want:     pointcloud.Metrics{Points: 2, Bounds: cube(2), Density: 0.25, Intensity: intensity(1, 3, 2, 2)},
		failures: []string{"Point count mismatch: header=5, actual=2"},
	},
	"empty": {
		input:    pcd("ascii", 0, 1, ""),
		want:     pointcloud.Metrics{CountMatches: true},
		failures: []string{"Point density is not positive"},
	},
	"sparse": {
		input: "FIELDS X Y Z\nPOINTS 2\nDATA ascii\n0 0 0\n1000 1000 1000\n",
		want:  pointcloud.Metrics{Points: 2, Bounds: cube(1000), Density: 2e-9, CountMatches: true},
	},
	"beyond a volume": {
		input: "FIELDS x y z intensity\nPOINTS 2\nDATA ascii\n-1e308 0 0 -1e308\n1e308 0 0 1e308\n",
		want: pointcloud.Metrics{
			Points: 2, Bounds: &pointcloud.Bounds{X: pointcloud.Range{Min: -1e308, Max: 1e308}}, Intensity: intensity(-1e308, 1e308, 0, 2), CountMatches: true,
		},
		failures: []string{"Point density is not positive"},
	},
	"grid": {
		input:    "FIELDS x y z\nWIDTH 3\nHEIGHT 1\nPOINTS 2\nDATA ascii\n0 0 0\n2 2 2\n",
		want:     pointcloud.Metrics{Points: 2, Bounds: cube(2), Density: 0.25, CountMatches: true},
		failures: []string{"Grid mismatch: width=3, height=1, points=2"},
	},
	"points of the grid, and fields of several values": {
		input: "VERSION 0.7\nFIELDS rgb _ X Y Z\nCOUNT 3 2 1 1 1\nWIDTH 2\nHEIGHT 1\nDATA ascii\n9 9 9 9 9 0 0 0\n9 9 9 9 9 2 2 2\n",
		want:  pointcloud.Metrics{Points: 2, Bounds: cube(2), Density: 0.25, CountMatches: true},
	},
	"binary": {
		input: pcd("binary", 3, 1, floats(0, 0, 0, 1, 2, 2, 2, math.NaN(), 0, 0, math.NaN(), 5)),
		want: pointcloud.Metrics{
			Points: 3, Bounds: cube(2), Density: 0.375, NaN: 1, NaNShare: 1.0 / 3, Intensity: intensity(1, 5, 3, 2), CountMatches: true,
		},
		failures: []string{"Points with NaN coordinates: 1"},
	},
	"cut binary": {
		input:    pcd("binary", 3, 1, floats(0, 0, 0, 1, 2, 2, 2, 3, 2)+"ab"),
		want:     pointcloud.Metrics{Points: 2, Bounds: cube(2), Density: 0.25, TrailingBytes: 6, Intensity: intensity(1, 3, 2, 2)},
		failures: []string{"Point count mismatch: header=3, actual=2", "Bytes after the last whole point: 6"},
	},
	"binary of every type": {
		input: "FIELDS pad x y z intensity\nSIZE 1 8 2 4 1\nTYPE U F I U I\nCOUNT 3 1 1 1 1\nPOINTS 2\nDATA binary\n" +
			"abc\x00\x00\x00\x00\x00\x00\x00\x00\xfe\xff\x01\x00\x00\x00\xfe" + // 0, -2, 1, -2
			"abc\x00\x00\x00\x00\x00\x00\xf0\x3f\xff\xff\x02\x00\x00\x00\x04", // 1, -1, 2, 4
		want: pointcloud.Metrics{
			Points: 2, Density: 2, Intensity: intensity(-2, 4, 1, 2), CountMatches: true,
			Bounds: &pointcloud.Bounds{X: pointcloud.Range{Max: 1}, Y: pointcloud.Range{Min: -2, Max: -1}, Z: pointcloud.Range{Min: 1, Max: 2}},
		},
	},
	"LAS 1.2": {
		input: lasFile{minor: 2, format: 3, length: 34, points: two}.String(),
		want:  lasMetrics(2),
	},
	"LAS 1.3, longer header and points": {
		input: lasFile{minor: 3, format: 5, length: 70, headerSize: 300, gap: 54, points: two}.String(),
		want:  lasMetrics(2),
	},
	"LAS 1.4, more behind the points": {
		input: lasFile{minor: 4, format: 10, length: 67, gap: 300000, points: two}.String() + "an extended record",
		want:  lasMetrics(2),
	},
	"LAS 1.4 of 64 bits": {
		input: lasFile{minor: 4, format: 6, length: 30, points: two, edit: func(h []byte) {
			clear(h[107:111])
			binary.LittleEndian.PutUint64(h[247:], math.MaxInt64)
		}}.String() + "cut",
		want: func() pointcloud.Metrics {
			m := lasMetrics(2)
			m.CountMatches, m.TrailingBytes = false, 3
			return m
		}(),
		failures: []string{"Point count mismatch: header=9223372036854775807, actual=2", "Bytes after the last whole point: 3"},
	},
	"LAS above its bounds": {
		input:    lasFile{minor: 2, format: 0, length: 20, points: two, edit: func(h []byte) { putFloat(h, 195, 99.98) }}.String(),
		want:     lasMetrics(2),
		failures: []string{"Points outside of the bounds that the header declares"},
	},
	"LAS below its bounds": {
		input:    lasFile{minor: 2, format: 0, length: 20, points: two, edit: func(h []byte) { putFloat(h, 219, 100.02) }}.String(),
		want:     lasMetrics(2),
		failures: []string{"Points outside of the bounds that the header declares"},
	},
	"LAS within a step of its bounds": {
		input: lasFile{minor: 2, format: 0, length: 20, points: two, edit: func(h []byte) {
			putFloat(h, 195, 99.995)
			putFloat(h, 219, 100.005)
		}}.String(),
		want: lasMetrics(2),
	},
	"LAS that overflows": {
		input: lasFile{minor: 2, format: 0, length: 20, points: two[1:], edit: func(h []byte) { putFloat(h, 131, 1e308) }}.String(),
		want: pointcloud.Metrics{
			Points: 1, NaN: 1, NaNShare: 1, Invalid: 1, Intensity: intensity(30, 30, 30, 1), CountMatches: true,
		},
		failures: []string{"Points with NaN coordinates: 1", "Points with invalid coordinates: 1", "Point density is not positive"},
	},
}

// lasMetrics are those of the points two.
func lasMetrics(points int64) pointcloud.Metrics {
	return pointcloud.Metrics{
		Points: points, Density: 2, Intensity: intensity(10, 30, 20, points), CountMatches: true,
		Bounds: &pointcloud.Bounds{
			X: pointcloud.Range{Min: 100, Max: 101}, Y: pointcloud.Range{Min: 99, Max: 100}, Z: pointcloud.Range{Min: 100, Max: 101},
		},
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	for name, test := range clouds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := pointcloud.Measure(t.Context(), strings.NewReader(test.input))
			if err != nil {
				t.Fatal(err)
			}
			options := cmp.Options{cmpopts.IgnoreFields(pointcloud.Metrics{}, "Header"), cmpopts.EquateApprox(0, 1e-9)}
			if diff := cmp.Diff(&test.want, got, options); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.failures, got.Failures()); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	extent := pointcloud.Range{Max: 200}
	for input, want := range map[string]pointcloud.Header{
		pcd("binary", 640, 480, ""): {
			Format: "pcd", Version: "0.7", Encoding: "binary", Fields: []string{"x", "y", "z", "intensity"}, Width: 640, Height: 480, Points: 307200,
		},
		"VERSION 0.5\nCOLUMNS z y x\nWIDTH 7\nDATA ASCII\n": {
			Format: "pcd", Version: "0.5", Encoding: "ascii", Fields: []string{"z", "y", "x"}, Width: 7, Height: 1, Points: 7,
		},
		lasFile{minor: 4, format: 7, length: 36, points: two}.String(): {
			Format: "las", Version: "1.4", Encoding: "binary", PointFormat: 7, Points: 2, Bounds: &pointcloud.Bounds{X: extent, Y: extent, Z: extent},
		},
	} {
		got, err := pointcloud.Measure(t.Context(), strings.NewReader(input))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Header, cmpopts.IgnoreUnexported(pointcloud.Header{})); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
	}
}

// The names of the JSON form are read by the steps that follow.
func TestMetricsJSON(t *testing.T) {
	t.Parallel()
	got, err := pointcloud.Measure(t.Context(), strings.NewReader(pcd("ascii", 2, 1, "0 0 0 1\n2 2 2 3\n")))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	const side = `{"min":0,"max":2}`
	want := `{"header":{"format":"pcd","version":"0.7","encoding":"ascii","point_format":0,"fields":["x","y","z","intensity"],` +
		`"width":2,"height":1,"points":2},"point_count":2,"coordinate_bounds":{"x":` + side + `,"y":` + side + `,"z":` + side + `},` +
		`"point_density":0.25,"nan_coordinates":0,"nan_share":0,"invalid_coordinates":0,"malformed_lines":0,"trailing_bytes":0,` +
		`"intensity":{"min":1,"max":3,"mean":2,"count":2},"header_point_count_match":true}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

// lasWith is a LAS 1.4 file with an edited header.
func lasWith(edit func([]byte)) string {
	return lasFile{minor: 4, format: 0, length: 20, points: two, edit: edit}.String()
}

// refused are inputs that are no clouds, with the message and what it wraps.
var refused = map[string]struct {
	input, want string
	wraps       error
}{
	"nothing":             {"", "byte 0: the input ends in the header of a PCD file, before the line DATA", io.ErrUnexpectedEOF},
	"half a header":       {"VERSION .7\nFIELDS x", "byte 19: the input ends in the header of a PCD file, before the line DATA", io.ErrUnexpectedEOF},
	"other text":          {"# x\nhello\n", "byte 4: not a line of a PCD header: want VERSION, FIELDS, SIZE, TYPE, COUNT, WIDTH, HEIGHT, VIEWPOINT, POINTS or DATA", nil},
	"PLY":                 {"ply\nformat ascii 1.0\n", "byte 0: PLY is not supported", pointcloud.ErrUnsupported},
	"compressed":          {"FIELDS x y z\nDATA binary_compressed\n", "byte 13: DATA binary_compressed is not supported", pointcloud.ErrUnsupported},
	"other data":          {"FIELDS x y z\nDATA text\n", "byte 13: DATA is not ascii or binary", nil},
	"no fields":           {"POINTS 1\nDATA ascii\n", "byte 9: the header has no FIELDS", nil},
	"no z":                {"FIELDS x y\nDATA ascii\n", "byte 11: FIELDS has no z", nil},
	"no value":            {"POINTS\n", "byte 0: POINTS has no value", nil},
	"twice":               {"POINTS 1\npoints 1\n", "byte 9: POINTS stands twice in the header", nil},
	"fields and columns":  {"FIELDS x\nCOLUMNS x\n", "byte 9: COLUMNS stands beside another list of fields", nil},
	"size before fields":  {"SIZE 4\n", "byte 0: SIZE stands before FIELDS", nil},
	"sizes":               {"FIELDS x y z\nSIZE 4 4\n", "byte 13: SIZE has 2 values for 3 fields", nil},
	"size":                {"FIELDS x y\nSIZE 4 3\n", "byte 11: SIZE of field 2 is not valid", nil},
	"size of text":        {"FIELDS x y\nSIZE four 4\n", "byte 11: SIZE of field 1 is not valid", nil},
	"type":                {"FIELDS x y\nTYPE F D\n", "byte 11: TYPE of field 2 is not valid", nil},
	"count":               {"FIELDS x y\nCOUNT 1 0\n", "byte 11: COUNT of field 2 is not valid", nil},
	"huge count":          {"FIELDS x y\nCOUNT 1 65537\n", "byte 11: COUNT of field 2 is not valid", nil},
	"half floats":         {"FIELDS x y z\nSIZE 2 4 4\nTYPE F F F\nDATA binary\n", "byte 35: field 1 is a float of 2 bytes; want 4 or 8", nil},
	"binary without size": {"FIELDS x y z\nTYPE F F F\nDATA binary\n", "byte 24: DATA is binary, and the header has no SIZE or no TYPE", nil},
	"long point":          {"FIELDS x y z\nSIZE 8 8 8\nTYPE F F F\nCOUNT 1 1 8191\nDATA binary\n", "byte 50: a point is longer than 65536 bytes or values", nil},
	"many values":         {"FIELDS x y z\nCOUNT 1 1 65535\nDATA ascii\n", "byte 29: a point is longer than 65536 bytes or values", nil},
	"negative":            {"WIDTH -1\n", "byte 0: WIDTH is not a number from 0", nil},
	"beyond 64 bits":      {"POINTS 9223372036854775808\n", "byte 0: POINTS is not a number from 0", nil},
	"grid beyond 63 bits": {"FIELDS x y z\nWIDTH 4294967296\nHEIGHT 2147483648\nDATA ascii\n", "byte 48: WIDTH × HEIGHT is beyond 63 bits", nil},
	"version":             {"VERSION 7\n", "byte 0: VERSION is not 0.7 or one before it", nil},
	"viewpoint":           {"VIEWPOINT 0 0 0\n", "byte 0: VIEWPOINT has 3 numbers; want 7", nil},
	"many fields":         {"FIELDS" + strings.Repeat(" x", 4097) + "\n", "byte 0: FIELDS has more than 4096 names", nil},
	"long header":         {strings.Repeat("# x\n", 20000), "byte 65536: the header of a PCD file is longer than 65536 bytes", nil},
	"long line of header": {strings.Repeat("x", 70000), "byte 0: a line is longer than 65536 bytes", nil},
	"long line of points": {"FIELDS x y z\nDATA ascii\n1 " + strings.Repeat("1", 70000), "byte 24: a line is longer than 65536 bytes", nil},

	"LAS, cut":             {lasWith(nil)[:100], "byte 100: the input ends in the header", io.ErrUnexpectedEOF},
	"LAS 1.4, cut":         {lasWith(nil)[:300], "byte 300: the input ends in the header", io.ErrUnexpectedEOF},
	"LAS 1.5":              {lasWith(func(h []byte) { h[25] = 5 }), "byte 24: LAS 1.5 is not supported", pointcloud.ErrUnsupported},
	"LAZ":                  {lasWith(func(h []byte) { h[104] |= 128 }), "byte 104: LAZ is not supported", pointcloud.ErrUnsupported},
	"LAS, short header":    {lasWith(func(h []byte) { h[94], h[95] = 227, 0 }), "byte 94: the header is 227 bytes long; LAS 1.4 has 375 at least", nil},
	"LAS, points too soon": {lasWith(func(h []byte) { h[96], h[97] = 0, 0 }), "byte 96: points begin at byte 0, in the header of 375 bytes", nil},
	"LAS, no points yet":   {lasWith(func(h []byte) { h[99] = 255 }), "byte 415: the input ends in the variable length records", io.ErrUnexpectedEOF},
	"LAS, format":          {lasWith(func(h []byte) { h[104] = 11 }), "byte 104: point format 11; LAS 1.4 has 0 to 10", nil},
	"LAS 1.2, format":      {lasFile{minor: 2, format: 4, length: 57}.String(), "byte 104: point format 4; LAS 1.2 has 0 to 3", nil},
	"LAS, length 0":        {lasWith(func(h []byte) { h[105] = 0 }), "byte 105: points are 0 bytes long; point format 0 has 20 at least", nil},
	"LAS, legacy count":    {lasWith(func(h []byte) { h[107] = 9 }), "byte 107: the legacy number of points is 9, the number of points 2", nil},
	"LAS, count":           {lasWith(func(h []byte) { h[254] = 128 }), "byte 247: the number of points is beyond 63 bits", nil},
	"LAS, scale 0":         {lasWith(func(h []byte) { putFloat(h, 139, 0) }), "byte 139: the scale is not a finite number other than zero", nil},
	"LAS, offset":          {lasWith(func(h []byte) { putFloat(h, 171, math.Inf(1)) }), "byte 171: the offset is not a finite number", nil},
	"LAS, bounds":          {lasWith(func(h []byte) { putFloat(h, 203, math.NaN()) }), "byte 195: the bounds are not finite numbers", nil},
}

func TestMeasureRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metrics, err := pointcloud.Measure(t.Context(), strings.NewReader(test.input))
			if err == nil {
				t.Fatalf("metrics %+v, want an error", metrics)
			}
			var located *pointcloud.Error
			if !errors.As(err, &located) {
				t.Fatalf("error %v, want an *Error", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !errors.Is(located.Unwrap(), test.wraps) {
				t.Errorf("error wraps %v, want %v", located.Unwrap(), test.wraps)
			}
		})
	}
}

// An error of the reader keeps its identity and gets a place, wherever it comes: that
// the way to the cloud ends is no end of the cloud.
func TestMeasureReaderFails(t *testing.T) {
	t.Parallel()
	readerFails(t, errors.New("connection reset"))
	readerFails(t, fmt.Errorf("connection: %w", io.ErrUnexpectedEOF))
	readerFails(t, fmt.Errorf("connection: %w", io.EOF))
}

func readerFails(t *testing.T, broken error) {
	t.Helper()
	for name, input := range map[string]string{
		"start": "", "header": "FIELDS x y z\n", "lines": "FIELDS x y z\nDATA ascii\n1 2 3\n1 2",
		"binary": pcd("binary", 2, 1, "abc"), "LAS header": lasWith(nil)[:200], "LAS records": lasFile{minor: 2, length: 20, gap: 100}.String()[:300],
		"LAS points": lasWith(nil)[:380],
	} {
		t.Run(broken.Error()+" "+name, func(t *testing.T) {
			t.Parallel()
			_, err := pointcloud.Measure(t.Context(), io.MultiReader(strings.NewReader(input), iotest.ErrReader(broken)))
			if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "byte ") {
				t.Errorf("error %v, want a place and %v", err, broken)
			}
		})
	}
}

// endless repeats a text. It ends the context after some reads.
type endless struct {
	text   string
	reads  int
	cancel context.CancelFunc
}

func (e *endless) Read(p []byte) (int, error) {
	if e.reads--; e.reads == 0 {
		e.cancel()
	}
	n := 0
	for len(p)-n >= len(e.text) {
		n += copy(p[n:], e.text)
	}
	return n, nil
}

// A context that ends is seen in the midst of an endless cloud.
func TestMeasureCancelled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ header, text string }{
		"lines":   {"FIELDS x y z\nDATA ascii\n", "1 2 3\n"},
		"binary":  {pcd("binary", 1, 1, ""), "0123456789abcdef"},
		"records": {lasWith(func(h []byte) { h[99] = 255 }), "0123456789abcdef"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			rest := &endless{text: test.text, reads: 10, cancel: cancel}
			_, err := pointcloud.Measure(ctx, io.MultiReader(strings.NewReader(test.header), rest))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want that of the context", err)
			}
		})
	}
}
