package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program is the least that is an executable for a machine.
func program(t *testing.T, machine elf.Machine) []byte {
	t.Helper()
	h := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	var out bytes.Buffer
	if err := binary.Write(&out, binary.LittleEndian, h); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func place(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name, "bootstrap"), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	var archives [2][]byte
	for i := range archives {
		dir := t.TempDir()
		place(t, dir, "one", program(t, elf.EM_AARCH64))
		place(t, dir, "two", program(t, elf.EM_AARCH64))
		var out bytes.Buffer
		if code := command([]string{dir}, &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		if strings.Count(out.String(), "-arm64.zip") != 2 {
			t.Error(out.String())
		}
		var err error
		if archives[i], err = os.ReadFile(filepath.Join(dir, "one-arm64.zip")); err != nil {
			t.Fatal(err)
		}
	}
	r, err := zip.NewReader(bytes.NewReader(archives[0]), int64(len(archives[0])))
	if err != nil || len(r.File) != 1 || r.File[0].Name != "bootstrap" || r.File[0].Mode() != 0o755 || !bytes.Equal(archives[0], archives[1]) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	wrong := t.TempDir()
	place(t, wrong, "one", program(t, elf.EM_X86_64))
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 64, "usage: lambdapack DIR\n"},
		{[]string{t.TempDir()}, 1, "lambdapack: there is no binary: run make lambda\n"},
		{[]string{wrong}, 1, "lambdapack: " + wrong + "/one/bootstrap: built for EM_X86_64, want EM_AARCH64: build it with GOARCH=arm64\n"},
	} {
		var out bytes.Buffer
		if code := command(c.args, &out, &out); code != c.code || out.String() != c.want {
			t.Errorf("%v: %d: %s", c.args, code, out.String())
		}
	}
}
