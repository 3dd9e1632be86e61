package fix

import (
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	const tls = "Statement:\n  - {Effect: Deny, Action: \"s3:*\"}\n"
	for name, c := range map[string]struct{ src, path, value, want string }{
		"no properties": {
			"Resources:\n  Q:\n    Type: AWS::SQS::Queue # jobs\n  R:\n    Type: T\n", "Properties.A.B", "true",
			"Resources:\n  Q:\n    Type: AWS::SQS::Queue # jobs\n    Properties:\n      A:\n        B: true\n  R:\n    Type: T\n",
		},
		"end of the file without its last line end": {
			"Resources:\n  Q:\n    Type: T", "Properties.A", "1",
			"Resources:\n  Q:\n    Type: T\n    Properties:\n      A: 1",
		},
		"comments and blank lines after the last property belong to what follows": {
			"Resources:\n  Q:\n    Properties:\n      B: 1\n\n  # next\n  R:\n    Type: T\n", "Properties.A", "x",
			"Resources:\n  Q:\n    Properties:\n      B: 1\n      A: x\n\n  # next\n  R:\n    Type: T\n",
		},
		"a block scalar": {
			"Resources:\n  Q:\n    Properties:\n      B: |\n        text\n\n        more\n    Type: T\n", "Properties.A", "x",
			"Resources:\n  Q:\n    Properties:\n      B: |\n        text\n\n        more\n      A: x\n    Type: T\n",
		},
		"a block scalar that ends in what looks like a comment": {
			"Resources:\n  Q:\n    Properties:\n      B: |\n        text\n        # text\n\n  # next\n  R:\n    Type: T\n", "Properties.A", "x",
			"Resources:\n  Q:\n    Properties:\n      B: |\n        text\n        # text\n      A: x\n\n  # next\n  R:\n    Type: T\n",
		},
		"items at the indentation of their key": {
			"Resources:\n  Q:\n    Properties:\n      B:\n      - 1\n      - 2\n    Type: T\n", "Properties.A", "x",
			"Resources:\n  Q:\n    Properties:\n      B:\n      - 1\n      - 2\n      A: x\n    Type: T\n",
		},
		"four spaces": {
			"Resources:\n    Q:\n        Type: T\n", "Properties.A.B", "x",
			"Resources:\n    Q:\n        Type: T\n        Properties:\n            A:\n                B: x\n",
		},
		"a block value": {
			"Resources:\n  Q:\n    Type: T\n", "Properties.Doc", tls,
			"Resources:\n  Q:\n    Type: T\n    Properties:\n      Doc:\n        Statement:\n          - {Effect: Deny, Action: \"s3:*\"}\n",
		},
		"a key without value": {
			"Resources:\n  Q:\n    Properties:\n    Type: T\n", "Properties.A", "x",
			"Resources:\n  Q:\n    Properties:\n      A: x\n    Type: T\n",
		},
		"a property without value": {
			"Resources:\n  Q:\n    Properties:\n      A:\n    Type: T\n", "Properties.A", "x",
			"Resources:\n  Q:\n    Properties:\n      A: x\n    Type: T\n",
		},
		"a literal": {
			"Resources:\n  Q:\n    Properties:\n      A: false # off\n", "Properties.A", "true",
			"Resources:\n  Q:\n    Properties:\n      A: true # off\n",
		},
		"a quoted literal": {
			"Resources:\n  Q:\n    Properties:\n      A: 'it''s'\n      B: 1\n", "Properties.A", "true",
			"Resources:\n  Q:\n    Properties:\n      A: true\n      B: 1\n",
		},
		"braces": {
			"Resources:\n  Q: {Type: T, Properties: {B: \"}\"}} # end\n", "Properties.A.C", "true",
			"Resources:\n  Q: {Type: T, Properties: {B: \"}\", A: {C: true}}} # end\n",
		},
		"empty braces": {
			"Resources:\n  Q:\n    Properties: {}\n", "Properties.A", "true",
			"Resources:\n  Q:\n    Properties: {A: true}\n",
		},
		"braces over lines": {
			"Resources:\n  Q:\n    Properties: {\n      B: 1,\n    }\n", "Properties.A", "true",
			"Resources:\n  Q:\n    Properties: {\n      B: 1,\n      A: true\n    }\n",
		},
		"JSON": {
			"{\n  \"Resources\": {\n    \"Q\": {\n      \"Type\": \"T\"\n    }\n  }\n}\n", "Properties.A.B", "true",
			"{\n  \"Resources\": {\n    \"Q\": {\n      \"Type\": \"T\",\n      \"Properties\": {\n        \"A\": {\n          \"B\": true\n        }\n      }\n    }\n  }\n}\n",
		},
		"JSON in a line": {
			`{"Resources":{"Q":{"Type":"T","Properties":{"A":"no"}}}}`, "Properties.A", "yes",
			`{"Resources":{"Q":{"Type":"T","Properties":{"A":"yes"}}}}`,
		},
		"JSON functions": {
			`{"Resources":{"Q":{"Type":"T"}}}`, "Properties.A", "[!GetAtt Q.Arn, !Sub \"${Q}/*\", !Ref Q]",
			`{"Resources":{"Q":{"Type":"T", "Properties": {"A": [{"Fn::GetAtt": ["Q", "Arn"]}, {"Fn::Sub": "${Q}/*"}, {"Ref": "Q"}]}}}}`,
		},
		"characters outside of ASCII": {
			"Resources:\n  Q: {Type: \"Größe\", Properties: {B: 1}}\n", "Properties.A", "2",
			"Resources:\n  Q: {Type: \"Größe\", Properties: {B: 1, A: 2}}\n",
		},
	} {
		got, err := edit{path: append([]string{resources, "Q"}, strings.Split(c.path, ".")...), value: c.value}.apply([]byte(c.src))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

// TestWriteRefused leaves alone what a change of text could break.
func TestWriteRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, path, want string }{
		"function":          {"Resources:\n  Q:\n    Properties:\n      A: !Ref P\n", "Properties.A", "not a literal"},
		"function above":    {"Resources:\n  Q:\n    Properties: !If [C, {}, {}]\n", "Properties.A", "is not a mapping"},
		"long function":     {"Resources:\n  Q:\n    Properties:\n      A:\n        Fn::If: [C, {}, {}]\n", "Properties.A.B", "has Fn::If"},
		"alias":             {"X: &x {B: 1}\nResources:\n  Q:\n    Properties: *x\n", "Properties.A", "is an alias"},
		"anchor":            {"Resources:\n  Q:\n    Properties: &x\n      B: 1\n", "Properties.A", "has an anchor"},
		"merge key":         {"X: &x {B: 1}\nResources:\n  Q:\n    Properties:\n      <<: *x\n", "Properties.A", "has <<"},
		"block scalar":      {"Resources:\n  Q:\n    Properties:\n      A: |\n        x\n", "Properties.A", "is a block"},
		"several lines":     {"Resources:\n  Q:\n    Properties:\n      A: x\n        y\n", "Properties.A", "several lines"},
		"list":              {"Resources:\n  Q:\n    Properties:\n      A: [1]\n", "Properties.A", "not a literal"},
		"carriage returns":  {"Resources:\r\n  Q:\r\n    Type: T\r\n", "Properties.A", "carriage returns"},
		"other line breaks": {"Resources:\n  Q:\n    Type: \"a\u2028b\"\n", "Properties.A", "line breaks other"},
		"text that would change": {
			"Resources:\n  Q:\n    Properties:\n      B: |+\n        x\n\n\n", "Properties.A", "other values",
		},
		"text with an indicator": {
			"Resources:\n  Q:\n    Properties:\n      B: |2\n          x\n        # y\n", "Properties.A", "other values",
		},
		"quoted text at the margin": {"Resources:\n  Q:\n    Properties:\n      B: \"x\ny\"\n", "Properties.A", "other values"},
		"byte order mark":           {"\xEF\xBB\xBFResources:\n  Q:\n    Type: T\n", "Properties.A", "byte order mark"},
		"comment in braces": {
			"Resources:\n  Q:\n    Properties: {\n      B: 1 # one\n    }\n", "Properties.A", "a comment follows",
		},
	} {
		got, err := edit{path: append([]string{resources, "Q"}, strings.Split(c.path, ".")...), value: "true"}.apply([]byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}
