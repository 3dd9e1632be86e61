package main

import (
	"fmt"
	"text/tabwriter"
)

// list writes the use cases.
func (c *Command) list() (int, error) {
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, u := range useCases() {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", u.Name, describe(u)); err != nil {
			return 0, err
		}
	}
	return exitClean, w.Flush()
}
