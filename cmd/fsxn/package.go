package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fsxns3ap/guardhook/hook/pack"
)

// packageFunctions builds the program of a use case for Lambda, and returns its
// archive below dist/lambda. Both are, byte for byte, those of "make lambda", whose
// flags are these.
func (c *Command) packageFunctions(ctx context.Context, root, useCase string) (string, error) {
	name := strings.ReplaceAll(useCase, "-", "")
	dir := filepath.Join(root, "dist", "lambda")
	file := filepath.Join(dir, name, "bootstrap")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", file, "./lambda/"+name+"/bootstrap")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false", "GOOS=linux", "GOARCH=arm64")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build ./lambda/%s/bootstrap: %w\n%s", name, err, output.String())
	}
	return c.pack(file, filepath.Join(dir, name+"-arm64.zip"))
}

// pack writes the archive of a program.
func (c *Command) pack(program, file string) (string, error) {
	binary, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	archive, err := pack.Lambda(binary, pack.ARM64)
	if err != nil {
		return "", fmt.Errorf("%s: %w", program, err)
	}
	_, _ = fmt.Fprintf(c.Stderr, "package: %d bytes for a program of %d\n", len(archive.Content), len(binary))
	return file, os.WriteFile(file, archive.Content, 0o644)
}
