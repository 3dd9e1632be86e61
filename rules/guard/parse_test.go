package guard_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// TestRejected parses every line of testdata/rejected.txt that is not blank or
// a heading; \n stands for the end of a line.
func TestRejected(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for line := range strings.Lines(string(read(t, "testdata/rejected.txt"))) {
		line = strings.TrimSuffix(line, "\n")
		b.WriteString(line + "\n")
		if line == "" || strings.HasPrefix(line, "== ") {
			continue
		}
		text := strings.NewReplacer(`\n`, "\n", `\u00a0`, "\u00a0", `\ufeff`, "\ufeff").Replace(line)
		if _, err := guard.Parse("r.guard", []byte(text)); err != nil {
			b.WriteString("  # " + err.Error() + "\n")
		} else {
			b.WriteString("  # accepted\n")
			t.Errorf("accepted: %s", line)
		}
	}
	golden(t, "testdata/rejected.want", b.String())
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(string(read(t, "testdata/accepted.txt"))) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "== ") {
			continue
		}
		text := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(line)
		if _, err := guard.Parse("r.guard", []byte(text)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestNotUTF8(t *testing.T) {
	t.Parallel()
	_, err := guard.Parse("r.guard", []byte("rule a {\n  b == \"\xff\"\n}"))
	if err == nil || err.Error() != "r.guard:2:9: the text is not UTF-8" {
		t.Error(err)
	}
}

func TestNesting(t *testing.T) {
	t.Parallel()
	nested := func(n int) string {
		return "rule a {" + strings.Repeat("b {", n) + " c exists " + strings.Repeat("}", n) + "}"
	}
	if _, err := guard.Parse("r.guard", []byte(nested(249))); err != nil {
		t.Error(err)
	}
	if _, err := guard.Parse("r.guard", []byte(nested(250))); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
		t.Error(err)
	}
	list := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := guard.Load("d.json", list(999), guard.Strict); err != nil {
		t.Error(err)
	}
	if _, err := guard.Load("d.json", list(1001), guard.Strict); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
		t.Error(err)
	}
}

// TestBacktracking parses texts that alternatives would read again and again.
func TestBacktracking(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"rule a { " + strings.Repeat("b[ ", 240) + "c exists" + strings.Repeat(" ] exists", 239) + " ] }",
		"rule a { b == " + strings.Repeat("count(", 240) + "x",
		"rule a { b == " + strings.Repeat("[", 240),
		"rule a { " + strings.Repeat("b[ keys == c", 240),
		"rule a when " + strings.Repeat("b(", 240),
	} {
		_, _ = guard.Parse("r.guard", []byte(text))
	}
}

// TestCheck compares what Check says of testdata/check/*.guard.
func TestCheck(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/check/*.guard")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		var b strings.Builder
		f, err := guard.Parse(filepath.Base(path), read(t, path))
		if err != nil {
			b.WriteString("error: " + err.Error() + "\n")
		} else {
			problems, warnings := f.Check()
			for _, e := range problems {
				b.WriteString("problem: " + e.Error() + "\n")
			}
			for _, e := range warnings {
				b.WriteString("warning: " + e.Error() + "\n")
			}
		}
		golden(t, strings.TrimSuffix(path, ".guard")+".want", b.String())
	}
}

// TestFormat formats testdata/format/*.guard, and the result again.
func TestFormat(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/format/*.guard")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		out, err := guard.Format(path, read(t, path))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, strings.TrimSuffix(path, ".guard")+".want", string(out))
	}
	rules, err := filepath.Glob("testdata/*/*.guard")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range rules {
		text := read(t, path)
		once, err := guard.Format(path, text)
		if err != nil {
			if !strings.Contains(path, "check") {
				t.Error(err)
			}
			continue
		}
		twice, err := guard.Format(path, once)
		if err != nil || string(once) != string(twice) {
			t.Errorf("%s: formatting is not stable: %v", path, err)
		}
		if strings.Count(string(text), "#") != strings.Count(string(once), "#") {
			t.Errorf("%s: a comment is lost", path)
		}
	}
}
