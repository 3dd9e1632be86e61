package main

import (
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/gdsiitest"
	"github.com/fsxns3ap/guardhook/lambda/internal/oasis/oasistest"
	"github.com/fsxns3ap/guardhook/lambda/internal/pointcloud/pointcloudtest"
)

// cases are the functions that read large objects, one for each format.
var cases = []testCase{
	layoutCase("gdsii", "chip.gds", func(size int64) object { return gdsiitest.Large(size) }),
	layoutCase("oasis", "chip.oas", func(size int64) object { return oasistest.Large(size) }),
	cloudCase("pcd", pointcloudtest.Binary),
	cloudCase("pcd-text", pointcloudtest.ASCII),
	cloudCase("las", "las"),
}

func layoutCase(name, key string, content func(int64) object) testCase {
	const part = "manifests/semiconductor-eda/memory/0000.json"
	return testCase{
		name: name, program: "semiconductoreda", handler: "extract", key: key, content: content,
		event: `{"run": "memory", "started": "2026-01-01T00:00:00Z", "part": "` + part + `"}`,
		want:  `"processed":1,"failed":0`, others: map[string]string{part: `[OBJECT]`},
	}
}

func cloudCase(name, encoding string) testCase {
	const part = "manifests/autonomous-driving-clouds/memory/0000.json"
	suffix, _, _ := strings.Cut(name, "-")
	return testCase{
		name: name, program: "autonomousdriving", handler: "point-clouds", key: "drive." + suffix,
		content: func(size int64) object { return pointcloudtest.Large(encoding, size) },
		event:   `{"part": "` + part + `"}`, want: `"processed":1,"failed":0`, others: map[string]string{part: `[OBJECT]`},
	}
}
