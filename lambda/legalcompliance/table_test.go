package legalcompliance_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/fsxns3ap/guardhook/lambda/legalcompliance"
)

// TestTable: the table has a column for each field of a fact, and no other, and its
// lists have the fields of an entry.
func TestTable(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../templates/usecases/legal-compliance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources struct {
			Table struct {
				Properties struct {
					TableInput struct {
						StorageDescriptor struct {
							Columns []struct {
								Name string `yaml:"Name"`
								Type string `yaml:"Type"`
							} `yaml:"Columns"`
						} `yaml:"StorageDescriptor"`
					} `yaml:"TableInput"`
				} `yaml:"Properties"`
			} `yaml:"Table"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(src, &template); err != nil {
		t.Fatal(err)
	}
	columns, entry := []string{}, []string{}
	for _, c := range template.Resources.Table.Properties.TableInput.StorageDescriptor.Columns {
		columns = append(columns, c.Name)
		if c.Name != "acls" {
			if c.Type != "string" {
				t.Errorf("%s is a %s", c.Name, c.Type)
			}
			continue
		}
		for _, field := range regexp.MustCompile(`(\w+):(string|boolean)`).FindAllStringSubmatch(c.Type, -1) {
			entry = append(entry, field[1])
		}
	}
	e := legalcompliance.Entry{SID: "x", Name: "x", Kind: "x", Type: "x", Permissions: "x", Inherited: true}
	f := legalcompliance.Fact{
		Key: "x", Volume: "x", Status: "x", SecurityStyle: "x", EffectiveStyle: "x", Owner: "x", OwnerGroup: "x", ControlFlags: "x", Mode: "x",
		ACLs: []legalcompliance.Entry{e}, Collected: "x", Run: "x",
		Times: legalcompliance.Times{Created: "x", Modified: "x", Accessed: "x", Changed: "x", LastUsed: "x", Source: "x"},
	}
	for _, c := range []struct {
		value any
		names []string
	}{{f, columns}, {e, entry}} {
		text, err := json.Marshal(c.value)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		slices.Sort(c.names)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(fields)), c.names); diff != "" {
			t.Errorf("-fields +table:\n%s", diff)
		}
	}
}
