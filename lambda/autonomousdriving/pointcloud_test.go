package autonomousdriving_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
)

func measureClouds(t *testing.T, s *awsfake.Server, part string) (discovery.Outcome, string, string) {
	t.Helper()
	return dataCall[discovery.Outcome](t, s, "point-clouds", fmt.Sprintf(`{"part": %q}`, part))
}

func TestPointClouds(t *testing.T) {
	t.Parallel()
	s := dataWorld(t)
	points := pointcloudtest.Scan(50)
	files := map[string][]byte{
		"ascii.pcd": pointcloudtest.PCD(pointcloudtest.ASCII, points), "binary.pcd": dataCloud(50), "scan.las": pointcloudtest.LAS(points),
		"packed.pcd": pointcloudtest.PCD(pointcloudtest.Compressed, points), "scan.laz": pointcloudtest.LAZ(points), "mesh.ply": pointcloudtest.PLY(points),
		"cut.pcd": dataCloud(50)[:800], "none.pcd": []byte("no cloud\n"), "empty.pcd": nil,
	}
	var names []string
	want := map[string]autonomousdriving.Status{
		"ascii.pcd": autonomousdriving.Pass, "binary.pcd": autonomousdriving.Pass, "scan.las": autonomousdriving.Pass,
		"packed.pcd": autonomousdriving.Unsupported, "scan.laz": autonomousdriving.Unsupported, "mesh.ply": autonomousdriving.Unsupported,
		"cut.pcd": autonomousdriving.Fail, "none.pcd": autonomousdriving.Fail, "empty.pcd": autonomousdriving.Fail,
	}
	for key, file := range files {
		s.Put("files", key, file)
		names = append(names, key)
	}
	part := dataPart(t, s, "clouds", names...)
	out, failed, log := measureClouds(t, s, part)
	if failed != "" || out.Processed != len(files) || !strings.Contains(log, `"CloudsFailed":3,"CloudsPassed":3,"CloudsUnsupported":3`) {
		t.Fatalf("%+v %s\n%s", out, failed, log)
	}
	got := map[string]autonomousdriving.Status{}
	for _, r := range dataRead[[]autonomousdriving.Result](t, s, "results/autonomous-driving-clouds/run/0000.json") {
		got[r.Key] = r.Status
		record := dataRead[autonomousdriving.CloudRecord](t, s, r.Record)
		if record.Key != r.Key || record.ETag != r.ETag || record.Size != int64(len(files[r.Key])) || (record.Status == autonomousdriving.Pass) != (len(record.Reasons) == 0) {
			t.Errorf("%+v", record)
		}
		if record.Status == autonomousdriving.Pass && (r.Points != 50 || record.Metrics.Points != 50) {
			t.Errorf("%+v", record)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Nothing is read again, unless it has changed.
	s.Calls()
	s.Put("files", "none.pcd", dataCloud(7))
	if _, failed, _ := measureClouds(t, s, dataPart(t, s, "clouds", names...)); failed != "" {
		t.Error(failed)
	}
	if calls := dataCalls(s, "GET files/"); len(calls) != 1 || calls[0].Name != "GET files/none.pcd" {
		t.Errorf("%+v", calls)
	}
}

// TestPointCloudsFail: a connection that breaks is no property of the cloud.
func TestPointCloudsFail(t *testing.T) {
	t.Parallel()
	for _, file := range []struct {
		key     string
		content []byte
	}{
		{"a.pcd", dataCloud(50_000)}, {"a.las", pointcloudtest.LAS(pointcloudtest.Scan(50_000))}, {"t.pcd", pointcloudtest.PCD(pointcloudtest.ASCII, pointcloudtest.Scan(50_000))},
	} {
		s := dataWorld(t)
		s.Put("files", file.key, file.content)
		part := dataPart(t, s, "clouds", file.key)
		s.Break("GET files/"+file.key, 300_000)
		if _, failed, log := measureClouds(t, s, part); failed != "Unavailable" {
			t.Errorf("%s: %s\n%s", file.key, failed, log)
		}
		if s.Get("outputs", "qc/"+file.key+".json") != nil {
			t.Error("there is a record of a cloud that was not read")
		}
		if out, failed, _ := measureClouds(t, s, part); failed != "" || out.Processed != 1 {
			t.Errorf("%s: %+v %s", file.key, out, failed)
		}
	}
	s := dataWorld(t)
	s.Put("files", "a.pcd", dataCloud(5))
	part := dataPart(t, s, "clouds", "a.pcd")
	s.Put("files", "a.pcd", dataCloud(6))
	if out, failed, _ := measureClouds(t, s, part); failed != "" || out.Failed != 1 {
		t.Errorf("%+v %s", out, failed)
	}
	s.Fail("PUT outputs/results", awsfake.Answer{Status: 403})
	if _, failed, _ := measureClouds(t, s, part); failed != "AccessDenied" {
		t.Error(failed)
	}
	if _, failed, _ := measureClouds(t, s, "manifests/autonomous-driving-clouds/none/0000.json"); failed != "NotFound" {
		t.Error(failed)
	}
}
