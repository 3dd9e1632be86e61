package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

// trees compares syntax trees. A file of trees has one JSON object a line: id
// and ast. The text of the rule file is that of the case of the same id, or of
// the same id before a #.
func (r *report) trees(path string, w io.Writer) (differ int, err error) {
	compared, refused, unknown := 0, 0, 0
	err = eachLine(path, func(line []byte) error {
		var t struct {
			ID  string `json:"id"`
			AST any    `json:"ast"`
		}
		if err := json.Unmarshal(line, &t); err != nil {
			return err
		}
		text, ok := r.texts[t.ID]
		if !ok {
			unknown++
			return nil
		}
		compared++
		file, err := guard.Parse("rules.guard", []byte(text))
		switch {
		case err != nil && r.refused[t.ID]:
			// The later version of the engine refuses it, too.
			refused++
			return nil
		case err != nil:
			differ++
			fmt.Fprintf(w, "%s: %v\n", t.ID, err)
			return nil
		}
		encoded, err := json.Marshal(file.Tree())
		if err != nil {
			return err
		}
		var got any
		if err := json.Unmarshal(encoded, &got); err != nil {
			return err
		}
		if where := difference(t.AST, got, ""); where != "" {
			differ++
			fmt.Fprintf(w, "%s: %s\n", t.ID, where)
		}
		return nil
	})
	fmt.Fprintf(w, "trees: %d compared, %d differ, %d refused as by the later version, %d without text\n", compared, differ, refused, unknown)
	return differ, err
}

// hasTrees tells whether a file is one of trees, by its first line.
func hasTrees(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	var first struct {
		AST json.RawMessage `json:"ast"`
	}
	// What is no JSON is told by who reads all of it.
	err = json.NewDecoder(f).Decode(&first)
	return err == nil && first.AST != nil, nil
}

// remember keeps the text of a rule file for trees.
func (r *report) remember(c *testCase) {
	id, _, _ := strings.Cut(c.ID, "#")
	r.texts[id] = c.RuleText
	r.texts[c.ID] = c.RuleText
	if c.LaterError != nil && c.LaterError.Kind == "parse" {
		r.refused[c.ID] = true
	}
}

// difference describes the first place where two JSON values differ.
func difference(want, got any, path string) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			break
		}
		for key, v := range w {
			if d := difference(v, g[key], path+"/"+key); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i, v := range w {
			if d := difference(v, g[i], fmt.Sprintf("%s/%d", path, i)); d != "" {
				return d
			}
		}
		return ""
	}
	if reflect.DeepEqual(want, got) {
		return ""
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	return fmt.Sprintf("%s: want %.200s, got %.200s", path, a, b)
}
