package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/fsxns3ap/guardhook/internal/stacks"
)

func (c *Command) snapStart(ctx context.Context, a *snapStartEnableArgs) (int, error) {
	d, err := c.deployer(ctx, &a.cloudArgs, true)
	if err != nil {
		return 0, err
	}
	snapshots, err := d.EnableSnapStart(ctx, a.Stack)
	if err == nil && a.DryRun {
		return exitClean, c.unmade()
	}
	code := exitFindings
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	if len(snapshots) > 0 {
		_, _ = fmt.Fprintln(w, "FUNCTION\tVERSION\tSNAPSTART\tREMARK")
	}
	for _, s := range snapshots {
		state := "no"
		if s.Version != "" {
			state, code = "on", exitClean
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Function, cmp.Or(s.Version, "-"), state, cmp.Or(s.Reason, "-"))
	}
	if flushed := w.Flush(); flushed != nil {
		return 0, flushed
	}
	if err != nil {
		return 0, stacks.Explain(err)
	}
	if len(snapshots) == 0 {
		_, err = fmt.Fprintf(c.Stdout, "%s: it has no functions\n", a.Stack)
	}
	return code, err
}
