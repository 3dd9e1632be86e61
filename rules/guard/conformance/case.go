package conformance

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// testCase is one line of a file of cases.
type testCase struct {
	ID       string   `json:"id"`
	RuleText string   `json:"rule_text"`
	RuleID   string   `json:"rule_id"`
	Data     string   `json:"data"`
	DataID   string   `json:"data_id"`
	Params   []string `json:"params"`

	Expected      map[string]statuses `json:"expected"`
	Sequence      [][2]string         `json:"expected_sequence"`
	File          string              `json:"expected_file"`
	ExpectedError bool                `json:"expected_error"`
	ErrorKind     string              `json:"error_kind"`
	// The later version of the reference engine, where it differs.
	Later      map[string]statuses `json:"expected_v320"`
	LaterError *struct {
		Kind string `json:"kind"`
	} `json:"expected_v320_error"`
}

// statuses are the different statuses of all rules of one name, sorted.
type statuses []string

func (s *statuses) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var one string
		err := json.Unmarshal(text, &one)
		*s = statuses{one}
		return err
	}
	return json.Unmarshal(text, (*[]string)(s))
}

func (s statuses) settled() statuses {
	sort.Strings(s)
	return slices.Compact(s)
}

func (s statuses) String() string { return strings.Join(s, "+") }

// settle makes the expectation of the later version the only one.
func (c *testCase) settle() {
	switch {
	case c.LaterError != nil:
		c.ExpectedError, c.ErrorKind = true, c.LaterError.Kind
	case c.Later != nil:
		c.Expected, c.ExpectedError, c.ErrorKind = c.Later, false, ""
		c.Sequence, c.File = nil, ""
	}
	for name, s := range c.Expected {
		c.Expected[name] = s.settled()
	}
}

// library holds the texts that cases refer to by id.
type library struct {
	rules, data map[string]string
}

// loadLibrary reads cross-rules.jsonl and cross-data.jsonl beside a file of
// cases, if they exist.
func loadLibrary(dir string) (library, error) {
	lib := library{rules: make(map[string]string), data: make(map[string]string)}
	err := eachLine(filepath.Join(dir, "cross-rules.jsonl"), func(line []byte) error {
		var r struct {
			ID   string `json:"rule_id"`
			Text string `json:"rule_text"`
		}
		err := json.Unmarshal(line, &r)
		lib.rules[r.ID] = r.Text
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return lib, err
	}
	err = eachLine(filepath.Join(dir, "cross-data.jsonl"), func(line []byte) error {
		var d struct {
			ID   string `json:"data_id"`
			Text string `json:"data"`
		}
		err := json.Unmarshal(line, &d)
		lib.data[d.ID] = d.Text
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return lib, err
	}
	return lib, nil
}

// fill replaces ids by texts.
func (l library) fill(c *testCase) error {
	if c.ID == "" {
		c.ID = c.RuleID + "@" + c.DataID
	}
	if c.RuleID != "" && c.RuleText == "" {
		text, ok := l.rules[c.RuleID]
		if !ok {
			return fmt.Errorf("case %s: no rule %s in cross-rules.jsonl", c.ID, c.RuleID)
		}
		c.RuleText = text
	}
	if c.DataID != "" && c.Data == "" {
		text, ok := l.data[c.DataID]
		if !ok {
			return fmt.Errorf("case %s: no document %s in cross-data.jsonl", c.ID, c.DataID)
		}
		c.Data = text
	}
	return nil
}

// maxLine bounds a line of a file of cases, in bytes.
const maxLine = 64 << 20

// eachLine calls f with each line that is not blank.
func eachLine(path string, f func(line []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		if err := f(lines.Bytes()); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
