package guard

import (
	"fmt"
	"io"
)

// Coverage counts how often each clause of a file gave which status. It is
// not safe for concurrent use.
type Coverage struct {
	file   *File
	counts []Counts
}

// Counts says how often a clause gave which status.
type Counts struct {
	Passed, Failed, Skipped, Errors int
}

// NewCoverage returns a Coverage without counts.
func NewCoverage(f *File) *Coverage {
	return &Coverage{file: f, counts: make([]Counts, len(f.counted))}
}

func (r *run) cover(id int, st Status, err error) {
	if r.opts.Coverage == nil || id < 0 {
		return
	}
	n := &r.opts.Coverage.counts[id]
	switch {
	case err != nil:
		n.Errors++
	case st == Pass:
		n.Passed++
	case st == Fail:
		n.Failed++
	default:
		n.Skipped++
	}
}

// ClauseCoverage is what Coverage knows of one clause.
type ClauseCoverage struct {
	// Text is the clause in its normal form, without message.
	Text string
	Pos  Pos
	Counts
}

// Reached reports whether the clause was evaluated at all.
func (c *ClauseCoverage) Reached() bool { return c.Counts != Counts{} }

// Decided reports whether the clause both passed and failed.
func (c *ClauseCoverage) Decided() bool { return c.Passed > 0 && c.Failed > 0 }

// Clauses returns all clauses of the file: comparisons, references and calls,
// also those in conditions and filters.
func (c *Coverage) Clauses() []ClauseCoverage {
	out := make([]ClauseCoverage, len(c.counts))
	for i, item := range c.file.counted {
		out[i] = ClauseCoverage{clauseText(item), c.file.position(item.offset()), c.counts[i]}
	}
	return out
}

// Print writes the share of clauses reached and decided, and the clauses that
// were not.
func (c *Coverage) Print(w io.Writer) error {
	all := c.Clauses()
	reached, decided := 0, 0
	for i := range all {
		if all[i].Reached() {
			reached++
		}
		if all[i].Decided() {
			decided++
		}
	}
	_, err := fmt.Fprintf(w, "%s: %d clauses, %d reached (%s), %d both passed and failed (%s)\n",
		c.file.Name, len(all), reached, percent(reached, len(all)), decided, percent(decided, len(all)))
	for i := range all {
		if err != nil || all[i].Decided() {
			continue
		}
		what := "never reached"
		switch {
		case all[i].Passed > 0:
			what = "never failed"
		case all[i].Failed > 0:
			what = "never passed"
		case all[i].Reached():
			what = "never decided"
		}
		_, err = fmt.Fprintf(w, "%s:%s: %s: %s\n", c.file.Name, all[i].Pos, what, all[i].Text)
	}
	return err
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}
