package pack_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// root is the folder of the project.
const root = "../.."

// binaryFor returns an executable that has only headers.
func binaryFor(tb testing.TB, machine elf.Machine, kind elf.Type, segments ...elf.ProgType) []byte {
	tb.Helper()
	h := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(kind), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: uint16(len(segments)), Shentsize: 64,
	}
	var out bytes.Buffer
	parts := []any{h}
	for _, s := range segments {
		parts = append(parts, elf.Prog64{Type: uint32(s)})
	}
	for _, part := range parts {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			tb.Fatal(err)
		}
	}
	return out.Bytes()
}

// projectFiles returns the files of the project by name.
func projectFiles(tb testing.TB) map[string]string {
	tb.Helper()
	names := []string{".rpdk-config", "fsxns3ap-guard-hook.json"}
	inputs, err := filepath.Glob(root + "/inputs/*")
	if err != nil || len(inputs) == 0 {
		tb.Fatalf("%d inputs, %v", len(inputs), err)
	}
	for _, name := range inputs {
		names = append(names, "inputs/"+filepath.Base(name))
	}
	files := map[string]string{}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = string(content)
	}
	return files
}

// projectDir writes a project into a new folder.
func projectDir(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		write(tb, dir, name, files[name], 0o644)
	}
	return dir
}

func write(tb testing.TB, dir, name, content string, mode os.FileMode) {
	tb.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		tb.Fatal(err)
	}
}

// age makes a file look as if it was written long ago.
func age(tb testing.TB, path string) {
	tb.Helper()
	then := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(path, then, then); err != nil {
		tb.Fatal(err)
	}
}
