package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/lambda/autonomousdriving"
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/semiconductoreda"
)

// programs are the functions of the cases. The test binary is each of them by its
// name.
var programs = map[string]bootstrap.Functions{"semiconductoreda": semiconductoreda.Functions(), "autonomousdriving": autonomousdriving.Functions()}

func TestMain(m *testing.M) {
	if functions, ok := programs[filepath.Base(os.Args[0])]; ok {
		bootstrap.Main(functions)
		return
	}
	os.Exit(m.Run())
}

// directory has the test binary by the names of programs.
func directory(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name := range programs {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCases: every case reads its object, and holds a part of it. That of 2 GiB is
// "make lambda-memory".
func TestCases(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if code := command([]string{dir, "80", c.name}, limit, &out, &out); code != 0 || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("%d: %s", code, out.String())
			}
		})
	}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	for _, c := range []struct {
		args  []string
		limit int64
		code  int
		want  string
	}{
		{nil, limit, 64, "usage: "},
		{[]string{dir, "much"}, limit, 64, "usage: "},
		{[]string{t.TempDir(), "1", "gdsii"}, limit, 1, "memory: gdsii: bootstrap: "},
		{[]string{dir, "1", "gdsii"}, 1, 1, "MiB, want at most 0"},
	} {
		var out bytes.Buffer
		if code := command(c.args, c.limit, &out, &out); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: %d: %s", c.args, code, out.String())
		}
	}
}

// TestRefused: a function that fails, or reads nothing, is measured for nothing.
func TestRefused(t *testing.T) {
	t.Parallel()
	good := cases[0]
	for want, change := range map[string]func(*testCase){
		"it answers":  func(c *testCase) { c.event = "{}" },
		"it has read": func(c *testCase) { c.others = map[string]string{good.part(): "[]"}; c.want = "" },
	} {
		c := good
		change(&c)
		if _, err := c.measure(t.Context(), filepath.Join(directory(t), c.program), 1<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func (c testCase) part() string {
	for key := range c.others {
		return key
	}
	return ""
}
