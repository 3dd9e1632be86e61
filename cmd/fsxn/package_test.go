package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/internal/cli"
)

func TestPackage(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := &Command{cli.Surroundings{Stderr: &out}}
	h := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_AARCH64), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	var program bytes.Buffer
	if err := binary.Write(&program, binary.LittleEndian, h); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, archive := filepath.Join(dir, "bootstrap"), filepath.Join(dir, "one.zip")
	if err := os.WriteFile(path, program.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := c.pack(path, archive); err != nil || got != archive || !strings.HasPrefix(out.String(), "package: ") {
		t.Errorf("%s %v %s", got, err, out.String())
	}
	if content, err := os.ReadFile(archive); err != nil || !bytes.HasPrefix(content, []byte("PK")) {
		t.Errorf("%v %q", err, content)
	}
	if _, err := c.pack(archive, path); err == nil || !strings.Contains(err.Error(), "not a Linux executable") {
		t.Error(err)
	}
	if _, err := c.pack(filepath.Join(dir, "gone"), path); err == nil {
		t.Error("a program that is not there")
	}
	root, err := awstest.Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.packageFunctions(t.Context(), root, "no-program"); err == nil || !strings.Contains(err.Error(), "go build ./lambda/noprogram/bootstrap") {
		t.Error(err)
	}
}
