package lambdaruntime

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Process is a bootstrap that takes events from an API.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs the bootstrap at path with the environment env and what Lambda
// adds to it. Its output goes to stdout and stderr, nowhere if nil. It is
// killed when ctx ends or Stop is called.
func (a *API) Start(ctx context.Context, path string, env []string, stdout, stderr io.Writer) (*Process, error) {
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + a.addr, "AWS_LAMBDA_FUNCTION_NAME=hook", "AWS_LAMBDA_FUNCTION_VERSION=1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_LOG_STREAM_NAME=stream", "AWS_REGION=eu-west-1", "_HANDLER=bootstrap",
	}, env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() { defer close(p.done); _ = cmd.Wait() }()
	return p, nil
}

// Stop kills the process and waits for its end; its output is complete then.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Memory is what Linux tells of a process.
type Memory struct {
	// Peak and Resident are the greatest and the present resident set, in bytes.
	Peak, Resident int64
	Threads        int
}

// Memory reads /proc. It is an error once the process has ended.
func (p *Process) Memory() (Memory, error) {
	src, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return Memory{}, fmt.Errorf("memory of the bootstrap: %w", err)
	}
	return parseStatus(string(src))
}

// parseStatus reads a status file of /proc; see proc(5).
func parseStatus(text string) (Memory, error) {
	found := map[string]int64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "VmHWM", "VmRSS", "Threads":
			number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil {
				return Memory{}, fmt.Errorf("memory of the bootstrap: %s is no number", name)
			}
			found[name] = n
		}
	}
	if len(found) != 3 {
		return Memory{}, fmt.Errorf("memory of the bootstrap: not told: the process has ended")
	}
	const kibi = 1024
	return Memory{Peak: found["VmHWM"] * kibi, Resident: found["VmRSS"] * kibi, Threads: int(found["Threads"])}, nil
}
