// Command guardconformance compares the verdicts of package guard with
// recorded verdicts of the reference engine.
package main

import (
	"os"

	"github.com/fsxns3ap/guardhook/rules/guard/conformance"
)

func main() {
	c := conformance.Command{Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(c.Main(os.Args[1:]))
}
