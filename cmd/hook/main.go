// Program hook is the bootstrap of the CloudFormation hook: it answers events
// of a managed Lambda hook and of a private registered hook from the Lambda
// runtime, and, outside of it, the one event that its argument is (the
// executable mode of contract tests).
package main

import (
	"os"
	"time"
)

func main() {
	c := &Command{Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Now: time.Now}
	os.Exit(c.Main(os.Args[1:]))
}
