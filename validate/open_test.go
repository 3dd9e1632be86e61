package validate_test

import (
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// TestOpenValues asks questions of every form about a value that is open, and
// about one whose declaration settles the answer. An open value never passes a
// rule that some value of it fails.
func TestOpenValues(t *testing.T) {
	t.Parallel()
	const free = "{Type: String}"
	for name, c := range map[string]struct {
		deny, parameter string
		want            rules.Status
	}{
		"equals, beside a witness":    {`name == "bad"; not startswith(name, "x")`, free, rules.Undecided},
		"equals":                      {`name == "bad"`, free, rules.Undecided},
		"equals, not allowed":         {`name == "bad"`, "{Type: String, AllowedValues: [good, better]}", rules.Pass},
		"equals, an allowed value":    {`name == "bad"`, "{Type: String, AllowedValues: [good, bad]}", rules.Fail},
		"equals, not by pattern":      {`name == "bad"`, "{Type: String, AllowedPattern: g.*}", rules.Pass},
		"equals, not by look-ahead":   {`name == "bad"`, "{Type: String, AllowedPattern: '(?!(?i)BA).*'}", rules.Pass},
		"equals, past a look-ahead":   {`name == "bad"`, "{Type: String, AllowedPattern: '(?!(?i)GO).*'}", rules.Undecided},
		"equals, in an intersection":  {`name == "bad"`, "{Type: String, AllowedPattern: '[a-z&&[^g]]+'}", rules.Undecided},
		"equals, in a union":          {`name == "bad"`, "{Type: String, AllowedPattern: '[a-c[d-f]]+'}", rules.Undecided},
		"equals, in a class with [":   {`name == "bad"`, "{Type: String, AllowedPattern: '[\\[a-c]+'}", rules.Pass},
		"equals, too short":           {`name == "bad"`, "{Type: String, MinLength: 4}", rules.Pass},
		"equals, only value":          {`name == "bad"`, "{Type: String, AllowedPattern: bad}", rules.Fail},
		"differs":                     {`name != "good"`, free, rules.Undecided},
		"differs, with default":       {`name != "good"`, "{Type: String, Default: good}", rules.Undecided},
		"differs, settled":            {`name != "good"`, "{Type: String, AllowedValues: [good]}", rules.Pass},
		"in a set":                    {`name in {"bad", "worse"}`, free, rules.Undecided},
		"not in a set":                {`not name in {"good", "better"}`, free, rules.Undecided},
		"not in a set, settled":       {`not name in {"good", "better"}`, "{Type: String, AllowedValues: [good, better]}", rules.Pass},
		"prefix":                      {`startswith(name, "bad")`, free, rules.Undecided},
		"suffix":                      {`endswith(name, "bad")`, free, rules.Undecided},
		"infix":                       {`contains(name, "bad")`, free, rules.Undecided},
		"prefix, lengthened":          {`startswith(name, "bad")`, "{Type: String, AllowedPattern: '[a-z]{10}'}", rules.Undecided},
		"prefix, not by pattern":      {`startswith(name, "bad")`, "{Type: String, AllowedPattern: '[c-z]{10}'}", rules.Pass},
		"prefix, by length":           {`startswith(name, "bad")`, "{Type: String, MinLength: 10}", rules.Undecided},
		"prefix, nothing longer":      {`startswith(name, "bad")`, "{Type: String, MaxLength: 3}", rules.Undecided},
		"prefix, too long":            {`startswith(name, "bad")`, "{Type: String, MaxLength: 2}", rules.Pass},
		"prefix, past a look-ahead":   {`startswith(name, "bad")`, "{Type: String, AllowedPattern: '(?!aws)[a-z]{10}'}", rules.Undecided},
		"prefix, case":                {`startswith(name, "bad")`, "{Type: String, AllowedPattern: '(?i)BAD-[0-9]+'}", rules.Undecided},
		"suffix, lengthened":          {`endswith(name, "bad")`, "{Type: String, AllowedPattern: '^s-[a-z]+$'}", rules.Undecided},
		"suffix, not by pattern":      {`endswith(name, "bad")`, "{Type: String, AllowedPattern: '[a-z]+[0-9]'}", rules.Pass},
		"infix, lengthened":           {`contains(name, "bad")`, "{Type: String, AllowedPattern: '[0-9]{4}(-[a-z]{3}){2}'}", rules.Undecided},
		"infix, not by pattern":       {`contains(name, "bad")`, "{Type: String, AllowedPattern: '[0-9]{4}(-[a-z]{2}){2}'}", rules.Pass},
		"pattern, lengthened":         {"regex.match(`^b[a-z]d`, name)", "{Type: String, AllowedPattern: '[a-z]{10}'}", rules.Undecided},
		"pattern, not by pattern":     {"regex.match(`^b[a-z]d`, name)", "{Type: String, AllowedPattern: '[c-z]{10}'}", rules.Pass},
		"pattern":                     {"regex.match(`^b[a-z]d$`, name)", free, rules.Undecided},
		"not a pattern":               {"not regex.match(`^g`, name)", free, rules.Undecided},
		"empty":                       {`name == ""`, free, rules.Undecided},
		"empty, not allowed":          {`name == ""`, "{Type: String, MinLength: 1}", rules.Pass},
		"lower case":                  {`lower(name) == "bad"`, free, rules.Undecided},
		"fails whatever it is":        {`name`, free, rules.Fail},
		"computed":                    {`split(name, "-")[1] == "bad"`, free, rules.Undecided},
		"computed, value given":       {`split(name, "-")[1] == "bad"`, "{Type: String, AllowedValues: [a-b]}", rules.Pass},
		"computed, bad value allowed": {`split(name, "-")[1] == "bad"`, "{Type: String, AllowedValues: [a-b, a-bad]}", rules.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var metadata []string
			if strings.HasSuffix(name, "witness") {
				metadata = append(metadata, "#   witnesses: [other]\n")
			}
			set := oneRule(t, c.deny, metadata...)
			src := "Parameters: {Name: " + c.parameter + "}\nResources: {T: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Ref Name}}}\n"
			tmpl, err := template.Load("open.yaml", []byte(src), template.Options{})
			if err != nil {
				t.Fatal(err)
			}
			result := judge(t, validate.New(set, validate.Options{}), tmpl)
			got := rules.Pass
			if len(result.Findings) > 0 {
				got = result.Findings[0].Status
			}
			if got != c.want {
				t.Errorf("%s, want %s:\n%s", got, c.want, describe(result))
			}
		})
	}
}
