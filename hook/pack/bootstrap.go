package pack

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"fmt"
)

// Arch is the architecture of a Lambda function, by Go's name.
type Arch string

// The architectures that Lambda has.
const (
	ARM64 Arch = "arm64"
	AMD64 Arch = "amd64"
)

// RegistryArch is that of private hook types: the registry has no setting for it.
const RegistryArch = AMD64

// bootstrapName is the file that Lambda's runtimes without a language start.
const bootstrapName = "bootstrap"

func (a Arch) machine() (elf.Machine, error) {
	switch a {
	case ARM64:
		return elf.EM_AARCH64, nil
	case AMD64:
		return elf.EM_X86_64, nil
	}
	return 0, fmt.Errorf("architecture %q: want %s or %s", string(a), ARM64, AMD64)
}

// Lambda returns the code of a Lambda function whose program is bootstrap. It
// refuses what is not a static Linux executable for the architecture.
func Lambda(bootstrap []byte, arch Arch) (*Archive, error) {
	if err := checkBootstrap(bootstrap, arch); err != nil {
		return nil, err
	}
	return archive(zip.Deflate, []file{{bootstrapName, executable, bootstrap}})
}

func checkBootstrap(content []byte, arch Arch) error {
	want, err := arch.machine()
	if err != nil {
		return err
	}
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("not a Linux executable: build it with GOOS=linux")
	}
	if f.Class != elf.ELFCLASS64 || f.Machine != want {
		return fmt.Errorf("built for %s, want %s: build it with GOARCH=%s", f.Machine, want, arch)
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return fmt.Errorf("not an executable: it is of the type %s", f.Type)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("needs a dynamic linker: build it with CGO_ENABLED=0")
		}
	}
	return nil
}
