package pointcloudtest_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
)

func TestWellFormed(t *testing.T) {
	t.Parallel()
	points := pointcloudtest.Scan(100)
	for name, cloud := range map[string][]byte{
		"ascii": pointcloudtest.PCD(pointcloudtest.ASCII, points), "binary": pointcloudtest.PCD(pointcloudtest.Binary, points), "LAS": pointcloudtest.LAS(points),
	} {
		m, err := pointcloud.Measure(t.Context(), bytes.NewReader(cloud))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := pointcloud.Bounds{X: pointcloud.Range{Max: 99}, Y: pointcloud.Range{Min: -99}, Z: pointcloud.Range{Max: 49.5}}
		if m.Points != 100 || *m.Bounds != want || len(m.Failures()) != 0 || m.Intensity.Max != 99 {
			t.Errorf("%s: %+v, %v", name, m, m.Failures())
		}
	}
	for name, cloud := range map[string][]byte{
		"compressed": pointcloudtest.PCD(pointcloudtest.Compressed, points), "LAZ": pointcloudtest.LAZ(points), "PLY": pointcloudtest.PLY(points),
	} {
		if _, err := pointcloud.Measure(t.Context(), bytes.NewReader(cloud)); !errors.Is(err, pointcloud.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLarge(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{pointcloudtest.ASCII, pointcloudtest.Binary, "las"} {
		f := pointcloudtest.Large(encoding, 1<<20)
		whole, err := io.ReadAll(io.NewSectionReader(f, 0, math.MaxInt64))
		if err != nil {
			t.Fatal(err)
		}
		m, err := pointcloud.Measure(t.Context(), bytes.NewReader(whole))
		if err != nil || m.Points != f.Points || len(m.Failures()) != 0 || int64(len(whole)) != f.Size() || f.Size() < 1<<20-64 {
			t.Errorf("%s: %+v, %v, %d of %d bytes", encoding, m, err, len(whole), f.Size())
		}
	}
}
