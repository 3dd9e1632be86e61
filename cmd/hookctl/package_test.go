package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsxns3ap/guardhook/internal/cli"
)

// checkout is the folder of the project.
const checkout = "../.."

// bootstraps writes binaries that have only headers and returns their folder.
func bootstraps(t *testing.T, machines map[string]elf.Machine) string {
	t.Helper()
	dir := t.TempDir()
	for arch, machine := range machines {
		h := elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Phoff: 64, Ehsize: 64, Phentsize: 56, Shentsize: 64,
		}
		var out bytes.Buffer
		if err := binary.Write(&out, binary.LittleEndian, h); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, arch), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, arch, "bootstrap"), out.Bytes(), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func bothMachines() map[string]elf.Machine {
	return map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64}
}

// runPackage runs "hookctl package" in process.
func runPackage(args ...string) (code int, stdout, stderr string) {
	var out, complaints bytes.Buffer
	c := &Command{cli.Surroundings{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaints, Now: time.Now}}
	code = c.Main(context.Background(), append([]string{"package"}, args...))
	return code, out.String(), complaints.String()
}

func TestPackage(t *testing.T) {
	t.Parallel()
	dist, out := bootstraps(t, bothMachines()), filepath.Join(t.TempDir(), "new", "dist")
	code, stdout, stderr := runPackage("--root", checkout, "--bootstrap-dir", dist, "--out", out)
	if code != exitClean || stderr != "" {
		t.Fatalf("%d: %s%s", code, stdout, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	names := []string{"fsxns3ap-guard-hook.zip", "hook-lambda-amd64.zip", "hook-lambda-arm64.zip"}
	if len(lines) != 1+len(names) || strings.Join(strings.Fields(lines[0]), " ") != "FILE BYTES SHA-256 ENTRIES" {
		t.Fatal(stdout)
	}
	for i, name := range names {
		content, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if f := strings.Fields(lines[i+1]); f[0] != filepath.Join(out, name) || f[2] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %v", name, f)
		}
	}
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != len(names) {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestPackageDryRun(t *testing.T) {
	t.Parallel()
	dist, out := bootstraps(t, bothMachines()), filepath.Join(t.TempDir(), "dist")
	code, stdout, stderr := runPackage("--dry-run", "--json", "--arch", "arm64", "--root", checkout, "--bootstrap-dir", dist, "--out", out)
	var archives []struct {
		File    string
		Bytes   int
		Entries []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(stdout), &archives); err != nil || code != exitClean {
		t.Fatalf("%d, %v: %s%s", code, err, stdout, stderr)
	}
	if len(archives) != 2 || archives[0].File != filepath.Join(out, "fsxns3ap-guard-hook.zip") || archives[1].File != filepath.Join(out, "hook-lambda-arm64.zip") ||
		archives[1].Bytes == 0 || len(archives[1].Entries) != 1 || archives[1].Entries[0].Name != "bootstrap" {
		t.Errorf("%+v", archives)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("it wrote something: %v", err)
	}
}

// TestPackageErrors: nothing is written when something is wrong.
func TestPackageErrors(t *testing.T) {
	t.Parallel()
	both := bootstraps(t, bothMachines())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	swapped := bootstraps(t, map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_X86_64})
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no binary":          {[]string{"--root", checkout, "--bootstrap-dir", "none"}, exitFailed, "none/amd64/bootstrap: no such file: run make bootstrap"},
		"wrong machine":      {[]string{"--root", checkout, "--bootstrap-dir", swapped}, exitFailed, "arm64/bootstrap: built for EM_X86_64, want EM_AARCH64"},
		"no project":         {[]string{"--bootstrap-dir", both}, exitFailed, "not the folder of a hook project"},
		"no folder":          {[]string{"--root", checkout, "--bootstrap-dir", both, "--out", file}, exitFailed, "not a directory"},
		"other architecture": {[]string{"--arch", "riscv64"}, exitUsage, "--arch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "dist")
			code, stdout, stderr := runPackage(append([]string{"--out", out}, c.args...)...)
			if code != c.code || stdout != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("%d: %s%s", code, stdout, stderr)
			}
			if _, err := os.Stat(out); !os.IsNotExist(err) {
				t.Errorf("it wrote something: %v", err)
			}
		})
	}
}
