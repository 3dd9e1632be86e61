// Package conformance compares verdicts of package guard with recorded
// verdicts of the reference engine.
//
// A file of cases has one JSON object a line: id, rule_text, data, params,
// and expected ({rule: status}, or a sorted list of statuses for a name that
// several rules have) or expected_error. expected_v320 and expected_v320_error
// replace the expectation where they stand. Instead of texts a case may have
// rule_id and data_id, which are looked up in cross-rules.jsonl (rule_id,
// rule_text) and cross-data.jsonl (data_id, data) beside the file.
//
// A file whose first line has ast is one of syntax trees: id and ast.
package conformance

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// Command is the program.
type Command struct {
	Stdout, Stderr io.Writer
}

// Main runs the program and returns its exit code: 0 when all verdicts agree,
// 1 when some differ, 2 when it cannot run.
func (c Command) Main(args []string) int {
	flags := flag.NewFlagSet("guardconformance", flag.ContinueOnError)
	flags.SetOutput(c.Stderr)
	all := flags.Bool("rules", false, "print a line for every rule, not only for those that differ")
	trees := flags.String("trees", "", "also compare the syntax trees in this `file` with those of the cases' rules")
	flags.Usage = func() {
		fmt.Fprintln(c.Stderr, "usage: guardconformance [-rules] [-trees AST.jsonl] CASES.jsonl...")
		flags.PrintDefaults()
	}
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return 2
	}
	r := newReport()
	differ, err := r.compareAll(flags.Args(), *trees, c.Stdout)
	if err != nil {
		fmt.Fprintln(c.Stderr, "guardconformance:", err)
		return 2
	}
	r.print(c.Stdout, *all)
	if r.total.differ+differ > 0 {
		return 1
	}
	return 0
}

// compareAll compares verdicts first: the texts of trees are those of cases. differ
// counts trees.
func (r *report) compareAll(paths []string, treeFile string, w io.Writer) (differ int, err error) {
	var treeFiles []string
	if treeFile != "" {
		treeFiles = append(treeFiles, treeFile)
	}
	for _, path := range paths {
		trees, err := hasTrees(path)
		if err != nil {
			return 0, err
		}
		if trees {
			treeFiles = append(treeFiles, path)
		} else if err := r.file(path); err != nil {
			return 0, err
		}
	}
	for _, path := range treeFiles {
		n, err := r.trees(path, w)
		if err != nil {
			return 0, err
		}
		differ += n
	}
	return differ, nil
}

type counts struct{ cases, verdicts, differ int }

type ruleKey struct{ file, rule string }

type report struct {
	total   counts
	files   []string
	byFile  map[string]*counts
	byRule  map[ruleKey]*counts
	differs []string

	texts     map[string]string // rule files by id
	refused   map[string]bool   // rule files that the later version does not parse
	compiled  map[string]*compiled
	documents map[string]*document
}

type compiled struct {
	file *guard.File
	err  error
}

type document struct {
	value *guard.Value
	err   error
}

func newReport() *report {
	return &report{
		byFile:    make(map[string]*counts),
		byRule:    make(map[ruleKey]*counts),
		texts:     make(map[string]string),
		refused:   make(map[string]bool),
		compiled:  make(map[string]*compiled),
		documents: make(map[string]*document),
	}
}

func (r *report) file(path string) error {
	lib, err := loadLibrary(filepath.Dir(path))
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	if r.byFile[name] == nil {
		r.files = append(r.files, name)
		r.byFile[name] = &counts{}
	}
	return eachLine(path, func(line []byte) error {
		var c testCase
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		if err := lib.fill(&c); err != nil {
			return err
		}
		c.settle()
		r.remember(&c)
		r.total.cases++
		r.byFile[name].cases++
		r.check(name, &c)
		return nil
	})
}

// verdict counts one verdict.
func (r *report) verdict(file, rule, id, want, got string) {
	key := ruleKey{file, rule}
	if r.byRule[key] == nil {
		r.byRule[key] = &counts{}
	}
	for _, n := range [...]*counts{&r.total, r.byFile[file], r.byRule[key]} {
		n.verdicts++
		if want != got {
			n.differ++
		}
	}
	if want != got {
		r.differs = append(r.differs, fmt.Sprintf("%s: %s: %s: want %s, got %s", file, id, rule, want, got))
	}
}

// entire stands for the name of a rule where a whole file is judged.
const entire = "(file)"

func (r *report) check(file string, c *testCase) {
	results, err := r.evaluate(c)
	if err == nil {
		for _, res := range results {
			if res.Err != nil {
				err = res.Err
				break
			}
		}
	}
	if c.ExpectedError || err != nil {
		want, got := "verdicts", "verdicts"
		if c.ExpectedError {
			want = "ERROR"
		}
		if err != nil {
			got = "ERROR"
		}
		if want != got && err != nil {
			got += " (" + err.Error() + ")"
		}
		r.verdict(file, entire, c.ID, want, got)
		return
	}
	got := make(map[string]statuses)
	var sequence []string
	total := guard.Skip
	for _, res := range results {
		got[res.Rule.Name] = append(got[res.Rule.Name], res.Status.String())
		sequence = append(sequence, res.Rule.Name+"="+res.Status.String())
		total = max(total, res.Status)
	}
	names := make(map[string]bool)
	for name := range got {
		got[name] = got[name].settled()
		names[name] = true
	}
	for name := range c.Expected {
		names[name] = true
	}
	for name := range names {
		r.verdict(file, name, c.ID, c.Expected[name].String(), got[name].String())
	}
	if c.File != "" {
		r.verdict(file, entire, c.ID, c.File, total.String())
	}
	if c.Sequence != nil {
		var want []string
		for _, one := range c.Sequence {
			want = append(want, one[0]+"="+one[1])
		}
		r.verdict(file, entire, c.ID, strings.Join(want, " "), strings.Join(sequence, " "))
	}
}

func (r *report) evaluate(c *testCase) ([]guard.Result, error) {
	docs := make([]*guard.Value, 0, len(c.Params)+1)
	for i, text := range append(slices.Clone(c.Params), c.Data) {
		v, err := r.load(fmt.Sprintf("document %d", i), text)
		if err != nil {
			return nil, err
		}
		docs = append(docs, v)
	}
	doc, err := guard.Merge(docs...)
	if err != nil {
		return nil, err
	}
	known := r.compiled[c.RuleText]
	if known == nil {
		known = &compiled{}
		known.file, known.err = guard.Parse("rules.guard", []byte(c.RuleText))
		r.compiled[c.RuleText] = known
	}
	if known.err != nil {
		return nil, known.err
	}
	return known.file.Evaluate(context.Background(), doc, guard.Options{})
}

// load keeps documents, because cases share them.
func (r *report) load(name, text string) (*guard.Value, error) {
	known := r.documents[text]
	if known == nil {
		known = &document{}
		known.value, known.err = guard.Load(name, []byte(text), guard.Strict)
		r.documents[text] = known
	}
	return known.value, known.err
}

func (r *report) print(w io.Writer, all bool) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "FILE\tRULE\tCASES\tVERDICTS\tDIFFER\tAGREE")
	keys := make([]ruleKey, 0, len(r.byRule))
	for key, n := range r.byRule {
		if all || n.differ > 0 {
			keys = append(keys, key)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		if keys[i].file != keys[j].file {
			return keys[i].file < keys[j].file
		}
		return keys[i].rule < keys[j].rule
	})
	for _, key := range keys {
		n := r.byRule[key]
		fmt.Fprintf(t, "%s\t%s\t\t%d\t%d\t%s\n", key.file, key.rule, n.verdicts, n.differ, n.share())
	}
	for _, file := range r.files {
		n := r.byFile[file]
		fmt.Fprintf(t, "%s\t*\t%d\t%d\t%d\t%s\n", file, n.cases, n.verdicts, n.differ, n.share())
	}
	t.Flush()
	sort.Strings(r.differs)
	for _, line := range r.differs {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "guard: %d verdicts, %d differ\n", r.total.verdicts, r.total.differ)
}

func (n *counts) share() string {
	if n.verdicts == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(n.verdicts-n.differ)/float64(n.verdicts))
}
