package parameters

import (
	"regexp"
	"testing"
)

func FuzzParameterFile(f *testing.F) {
	for _, seed := range []string{
		`[{"ParameterKey": "A", "ParameterValue": "b"}]`, `["A=b"]`, `{"Parameters": {"A": 1}, "Tags": {}}`,
		`[{"ParameterKey": "A", "UsePreviousValue": true}]`, `[`, `{"Parameters": `, `7`, "\xEF\xBB\xBF[]", `[] []`,
	} {
		f.Add([]byte(seed))
	}
	located := regexp.MustCompile(`^p\.json:[1-9][0-9]*:[1-9][0-9]*: .`)
	f.Fuzz(func(t *testing.T, src []byte) {
		entries, err := parse("p.json", src)
		if err != nil && !located.MatchString(err.Error()) {
			t.Errorf("not located: %v", err)
		}
		seen := map[string]bool{}
		for _, e := range entries {
			if seen[e.key] {
				t.Errorf("%s is there twice", e.key)
			}
			seen[e.key] = true
		}
	})
}
