// Package docs_test keeps generated documents equal to what they describe.
package docs_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
)

var update = flag.Bool("update", false, "write controls.md anew")

const header = `# Controls

What each built-in rule serves. The table is made from the metadata of the
rules: ` + "`go test ./docs -update`" + ` writes it anew.

- **NIST** is NIST SP 800-53 revision 5. **CIS 3** and **CIS 4** are the CIS AWS
  Foundations Benchmark in versions 3.0.0 and 4.0.0. **PCI** is PCI DSS version 4.
  A control is named where the rule is evidence for it; that a rule passes does
  not mean that a control is met.
- **Registry** is the rule file of the
  [AWS Guard Rules Registry](https://github.com/aws-cloudformation/aws-guard-rules-registry),
  below ` + "`rules/aws`" + `, that judges the same property.

The mapping files of the registry were compared for each such rule. They list
every control that AWS Config packs name, and parts of controls (AU-2b); here it
is those that the rule serves directly, and the control as a whole. They have PCI
DSS 3.2.1 and the CIS benchmark in version 1.4, whose numbers differ.

| Rule | NIST | CIS 3 | CIS 4 | PCI | Registry |
| --- | --- | --- | --- | --- | --- |
`

// frameworks are the columns of the table.
var frameworks = []string{
	"nist-800-53-r5", "cis-aws-foundations-3", "cis-aws-foundations-4", "pci-dss-4", "aws-guard-rules-registry",
}

// TestControls compares controls.md with the metadata of the rules. Each of
// their frameworks has a column.
func TestControls(t *testing.T) {
	t.Parallel()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString(header)
	sorted := slices.SortedFunc(slices.Values(set.Rules()), func(a, b *rules.Rule) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range sorted {
		for _, name := range slices.Sorted(maps.Keys(r.Controls)) {
			if !slices.Contains(frameworks, name) {
				t.Errorf("%s:%d: the framework %s has no column", r.File, r.Line, name)
			}
		}
		fmt.Fprintf(&want, "| %s |", r.ID)
		for _, name := range frameworks {
			fmt.Fprintf(&want, " %s |", strings.Join(r.Controls[name], ", "))
		}
		want.WriteByte('\n')
	}
	const file = "controls.md"
	if *update {
		if err := os.WriteFile(file, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("%s is out of date: run go test ./docs -update", file)
	}
}
