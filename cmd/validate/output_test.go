package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestReplaceFileKeepsWhatThereWas ends a report in the middle.
func TestReplaceFileKeepsWhatThereWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "out.xml")
	if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := replaceFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of the ")
		return errors.Join(err, errBroken)
	})
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "before" {
		t.Errorf("the file has %q (%v)", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left (%v)", len(entries), err)
	}
}

func TestPatchName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a/b ö.yaml": "a/b ö.yaml",
		"a/b\n--- c": `"a/b\012--- c"`,
		`a/b"\c`:     `"a/b\042\134c"`,
	} {
		if got := patchName(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
