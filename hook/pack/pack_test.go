package pack_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fsxns3ap/guardhook/hook/pack"
)

// registry packs a folder with a binary that has only headers.
func registry(tb testing.TB, dir string) *pack.Archive {
	tb.Helper()
	project, err := pack.LoadProject(dir)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := pack.Registry(project, binaryFor(tb, elf.EM_X86_64, elf.ET_EXEC, elf.PT_LOAD))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func unzip(tb testing.TB, content []byte) *zip.Reader {
	tb.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func read(tb testing.TB, r *zip.Reader, name string) []byte {
	tb.Helper()
	f, err := r.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	files := projectFiles(t)
	a := registry(t, root)
	r := unzip(t, a.Content)
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if f.Method != zip.Store || f.Mode() != 0o644 || len(f.Extra) > 0 || f.Flags != 0 {
			t.Errorf("%s: method %d, mode %v, extra %x, flags %x", f.Name, f.Method, f.Mode(), f.Extra, f.Flags)
		}
		if want := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC); !f.Modified.Equal(want) {
			t.Errorf("%s: %v", f.Name, f.Modified)
		}
	}
	var inputs []string
	for name := range files {
		if strings.HasPrefix(name, "inputs/") {
			inputs = append(inputs, name)
		}
	}
	slices.Sort(inputs)
	want := slices.Concat([]string{"configuration-schema.json", ".rpdk-config", "schema.json"}, inputs, []string{"handler.zip", ".cfn_metadata.json"})
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, content := range files {
		in := name
		if name == "fsxns3ap-guard-hook.json" {
			in = "schema.json"
		}
		if got := read(t, r, in); string(got) != content {
			t.Errorf("%s is not %s", in, name)
		}
	}
	if got := read(t, r, ".cfn_metadata.json"); string(got) != `{"cli-version":"0.2.41"}` {
		t.Errorf("metadata %s", got)
	}
	checkCode(t, read(t, r, "handler.zip"))
}

// checkCode checks an archive of a function's code.
func checkCode(t *testing.T, content []byte) {
	t.Helper()
	files := unzip(t, content).File
	if len(files) != 1 || files[0].Name != "bootstrap" || files[0].Mode() != 0o755 || files[0].Method != zip.Deflate || len(files[0].Extra) > 0 {
		t.Errorf("%+v", files)
	}
}

// TestConfigurationSchema: the typeConfiguration of the schema, and what the CLI
// adds behind it.
func TestConfigurationSchema(t *testing.T) {
	t.Parallel()
	content := read(t, unzip(t, registry(t, root).Content), "configuration-schema.json")
	var schema struct {
		TypeConfiguration map[string]any `json:"typeConfiguration"`
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(projectFiles(t)["fsxns3ap-guard-hook.json"]), &schema); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(schema.TypeConfiguration)
	want["definitions"], want["typeName"] = map[string]any{}, "FSxNS3AP::Guard::Hook"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.HasPrefix(string(content), "{\n    \"description\"") || !strings.HasSuffix(string(content), "    \"definitions\": {},\n    \"typeName\": \"FSxNS3AP::Guard::Hook\"\n}") {
		t.Errorf("%s", content)
	}
}

// TestSameBytes packs the same project twice, written in another order, with
// other modes and other times.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	files := projectFiles(t)
	first, second := projectDir(t, files), t.TempDir()
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(files))) {
		write(t, second, name, files[name], 0o700)
		age(t, filepath.Join(second, name))
	}
	a, b := registry(t, first), registry(t, second)
	if !bytes.Equal(a.Content, b.Content) {
		t.Errorf("-first +second:\n%s", cmp.Diff(a.Manifest(), b.Manifest()))
	}
	files["inputs/inputs_1_pre_create.json"] = "{}"
	if c := registry(t, projectDir(t, files)); bytes.Equal(a.Content, c.Content) {
		t.Error("another input gives the same bytes")
	}
}

func TestWithoutInputs(t *testing.T) {
	t.Parallel()
	files := projectFiles(t)
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, "inputs/") })
	if m := registry(t, projectDir(t, files)).Manifest(); len(m.Entries) != 5 {
		t.Errorf("%+v", m.Entries)
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	a := registry(t, root)
	m := a.Manifest()
	sum := func(content []byte) string {
		s := sha256.Sum256(content)
		return hex.EncodeToString(s[:])
	}
	if m.Bytes != len(a.Content) || m.SHA256 != sum(a.Content) {
		t.Errorf("%d bytes, %s", m.Bytes, m.SHA256)
	}
	r := unzip(t, a.Content)
	if len(m.Entries) != len(r.File) {
		t.Fatalf("%d entries", len(m.Entries))
	}
	for i, f := range r.File {
		content := read(t, r, f.Name)
		if want := (pack.Entry{Name: f.Name, Bytes: len(content), SHA256: sum(content)}); m.Entries[i] != want {
			t.Errorf("%+v, want %+v", m.Entries[i], want)
		}
	}
}

func TestLambda(t *testing.T) {
	t.Parallel()
	for arch, machine := range map[pack.Arch]elf.Machine{pack.ARM64: elf.EM_AARCH64, pack.AMD64: elf.EM_X86_64} {
		for _, kind := range []elf.Type{elf.ET_EXEC, elf.ET_DYN} {
			program := binaryFor(t, machine, kind, elf.PT_LOAD)
			a, err := pack.Lambda(program, arch)
			if err != nil {
				t.Fatal(err)
			}
			checkCode(t, a.Content)
			if got := read(t, unzip(t, a.Content), "bootstrap"); !bytes.Equal(got, program) {
				t.Errorf("%s: another program", arch)
			}
		}
	}
}

func TestBootstrapErrors(t *testing.T) {
	t.Parallel()
	good := binaryFor(t, elf.EM_X86_64, elf.ET_EXEC, elf.PT_LOAD)
	narrow := slices.Clone(good)
	narrow[elf.EI_CLASS] = byte(elf.ELFCLASS32)
	for name, c := range map[string]struct {
		program []byte
		arch    pack.Arch
		want    string
	}{
		"empty":         {nil, pack.AMD64, "not a Linux executable: build it with GOOS=linux"},
		"script":        {[]byte("#!/bin/sh\n"), pack.AMD64, "not a Linux executable"},
		"cut":           {good[:70], pack.AMD64, "not a Linux executable"},
		"32 bits":       {narrow, pack.AMD64, "not a Linux executable"},
		"other machine": {good, pack.ARM64, "built for EM_X86_64, want EM_AARCH64: build it with GOARCH=arm64"},
		"object":        {binaryFor(t, elf.EM_X86_64, elf.ET_REL), pack.AMD64, "not an executable: it is of the type ET_REL"},
		"dynamic":       {binaryFor(t, elf.EM_X86_64, elf.ET_DYN, elf.PT_LOAD, elf.PT_INTERP), pack.AMD64, "needs a dynamic linker: build it with CGO_ENABLED=0"},
		"architecture":  {good, "riscv64", `architecture "riscv64": want arm64 or amd64`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := pack.Lambda(c.program, c.arch); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	project, err := pack.LoadProject(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Registry(project, binaryFor(t, elf.EM_AARCH64, elf.ET_EXEC)); err == nil || !strings.Contains(err.Error(), "want EM_X86_64") {
		t.Errorf("registry: %v", err)
	}
}
