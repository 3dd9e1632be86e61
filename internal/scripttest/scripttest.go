// Package scripttest has what the scripts of several programs use. It is for
// tests.
package scripttest

import (
	"errors"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// Exits returns the command "exits N ARGS...": the program with these arguments
// ends with exit code N.
func Exits(program string) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("usage: exits N ARGS...")
		}
		err := ts.Exec(program, args[1:]...)
		got := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			got = exit.ExitCode()
		} else {
			ts.Check(err)
		}
		if strconv.Itoa(got) != args[0] {
			ts.Fatalf("%s ended with exit code %d, want %s", program, got, args[0])
		}
	}
}
