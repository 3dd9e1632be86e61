package guard_test

import (
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/rules/guard"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, strict, core string }{
		{"a: 1", `{"a":1}`, `{"a":1}`},
		{"a: 010", `{"a":10}`, `{"a":"010"}`},
		{"a: +1", `{"a":1}`, `{"a":1}`},
		{"a: 0x1F", `{"a":"0x1F"}`, `{"a":31}`},
		{"a: 0o17", `{"a":"0o17"}`, `{"a":15}`},
		{"a: 1_000", `{"a":"1_000"}`, `{"a":"1_000"}`},
		{"a: 1:30", `{"a":"1:30"}`, `{"a":"1:30"}`},
		{"a: 1.", `{"a":1.0}`, `{"a":1.0}`},
		{"a: .5", `{"a":0.5}`, `{"a":0.5}`},
		{"a: 1e3", `{"a":1000.0}`, `{"a":1000.0}`},
		{"a: 9223372036854775808", `{"a":9.223372036854776e+18}`, `{"a":-9223372036854775808}`},
		{"a: 1e400", `{"a":null}`, `{"a":"1e400"}`},
		{"a: inf", `{"a":null}`, `{"a":"inf"}`},
		{"a: .inf", `{"a":".inf"}`, `{"a":null}`},
		{"a: true", `{"a":true}`, `{"a":true}`},
		{"a: True", `{"a":"True"}`, `{"a":true}`},
		{"a: yes", `{"a":true}`, `{"a":"yes"}`},
		{"a: No", `{"a":"No"}`, `{"a":"No"}`},
		{"a: ~", `{"a":null}`, `{"a":null}`},
		{"a: NULL", `{"a":null}`, `{"a":null}`},
		{"a: nULL", `{"a":null}`, `{"a":"nULL"}`},
		{"a:", `{"a":""}`, `{"a":null}`},
		{"a: '5'", `{"a":"5"}`, `{"a":"5"}`},
		{"a: |\n  x\n  y\n", `{"a":"x\ny\n"}`, `{"a":"x\ny\n"}`},
		{"a: 2024-01-01", `{"a":"2024-01-01"}`, `{"a":"2024-01-01"}`},
		{"a: !!int \"5\"", `{"a":5}`, `{"a":5}`},
		{"a: !!str 5", `{"a":"5"}`, `{"a":"5"}`},
		{"a: !!float 5", `{"a":5.0}`, `{"a":5.0}`},
		{"a: !!bool true", `{"a":true}`, `{"a":true}`},
		{"a: !!null x", `{"a":null}`, `{"a":null}`},
		{"a: !Ref B", `{"a":{"Ref":"B"}}`, `{"a":{"Ref":"B"}}`},
		{"a: !Ref 5", `{"a":{"Ref":"5"}}`, `{"a":{"Ref":5}}`},
		{"a: !GetAtt B.C", `{"a":{"Fn::GetAtt":"B.C"}}`, `{"a":{"Fn::GetAtt":"B.C"}}`},
		{"a: !Condition B", `{"a":{"Condition":"B"}}`, `{"a":{"Condition":"B"}}`},
		{"a: !Foo 5", `{"a":"5"}`, `{"a":5}`},
		{"a: !Join ['', [!Ref B, x]]", `{"a":{"Fn::Join":["",[{"Ref":"B"},"x"]]}}`, `{"a":{"Fn::Join":["",[{"Ref":"B"},"x"]]}}`},
		{"a: !Cidr [x, 1]", `{"a":["x",1]}`, `{"a":["x",1]}`},
		{"a: !Base64 {b: c}", `{"a":{"b":"c"}}`, `{"a":{"Fn::Base64":{"b":"c"}}}`},
		{"a: 1\na: 2\nb: 3", `{"a":2,"b":3}`, `error: d:2:1: duplicate key "a"`},
		{"a: &x 1\nb: 2", `{"a":1,"b":2}`, `{"a":1,"b":2}`},
		{"a: &x 1\nb: *x", `error: d:2:4: aliases are not supported`, `{"a":1,"b":1}`},
		{"1: a", `error: d:1:1: the key is an int, not a string; put it in quotes`, `error: d:1:1: the key is an int, not a string; put it in quotes`},
		{"on: a", `error: d:1:1: the key is a bool, not a string; put it in quotes`, `{"on":"a"}`},
		{"[a]: b", `error: d:1:1: the key is a list, not a string; put it in quotes`, `error: d:1:1: the key is a list, not a string; put it in quotes`},
		{"- a\n- b: c", `["a",{"b":"c"}]`, `["a",{"b":"c"}]`},
		{"text", `"text"`, `"text"`},
		{"a: 1\n---\nb: 2", `{"a":1}`, `error: d:2:1: there is more than one document`},
		{"%YAML 1.2\n---\na: 1", `{"a":1}`, `{"a":1}`},
		{`{"a": "x\/y", "b": [1,], "c": "\u00e9"}`, `{"a":"x/y","b":[1],"c":"é"}`, `{"a":"x/y","b":[1],"c":"é"}`},
		{`{"a": "\\/", "b": "\/\"\/"}`, `{"a":"\\/","b":"/\"/"}`, `{"a":"\\/","b":"/\"/"}`},
		{"", `error: d: the document is empty`, `error: d: the document is empty`},
		{" \n", `error: d: the document is empty`, `error: d: the document is empty`},
		{"# only\n", `error: d: the document has no content`, `error: d: the document has no content`},
		{"a: [1", "error: d:1:1: did not find expected ',' or ']'", "error: d:1:1: did not find expected ',' or ']'"},
		{"a: &x [*x]", "error: d:1:8: aliases are not supported", "error: d:1:4: nested too deeply"},
		{"a: \"\\ud83d\"", "error: d: found invalid Unicode character escape code", "error: d: found invalid Unicode character escape code"},
	} {
		for dialect, want := range map[guard.Dialect]string{guard.Strict: c.strict, guard.Core: c.core} {
			v, err := guard.Load("d", []byte(c.text), dialect)
			got := ""
			if err != nil {
				got = "error: " + err.Error()
			} else {
				got = v.String()
			}
			if got != want {
				t.Errorf("%q, dialect %d:\nwant %s\ngot  %s", c.text, dialect, want, got)
			}
		}
	}
}

func TestAliasBomb(t *testing.T) {
	t.Parallel()
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 9; i++ {
		prev, next := string(rune('0'+i-1)), string(rune('0'+i))
		text += "a" + next + ": &a" + next + " [" + strings.Repeat("*a"+prev+", ", 10) + "x]\n"
	}
	if _, err := guard.Load("d", []byte(text), guard.Core); err == nil || !strings.Contains(err.Error(), "expand to too much") {
		t.Error(err)
	}
}

func TestPositionsAndPaths(t *testing.T) {
	t.Parallel()
	v, err := guard.Load("d", []byte("a:\n  b/c: [x, {d~: ü, e: 1}]\n"), guard.Strict)
	if err != nil {
		t.Fatal(err)
	}
	e := v.Get("a").Get("b/c").Items()[1].Get("e")
	if e.Path() != "/a/b~1c/1/e" || e.Pos().String() != "2:23" {
		t.Error(e.Path(), e.Pos())
	}
	if v.Path() != "" || v.Get("none") != nil {
		t.Error("root")
	}
}

func TestLargeMap(t *testing.T) {
	t.Parallel()
	text := ""
	for c := 'a'; c <= 'm'; c++ {
		text += "k" + string(c) + ": 1\n"
	}
	v, err := guard.Load("d", []byte(text+"ka: 2\n"), guard.Strict)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Keys()) != 13 || v.Get("ka").Int() != 2 || v.Get("km").Int() != 1 || v.Get("kz") != nil || v.Keys()[0].Name != "ka" {
		t.Error(v)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		docs []string
		want string
	}{
		{[]string{"a: 1", "b: 2", "c: {d: 3}"}, `{"a":1,"b":2,"c":{"d":3}}`},
		{[]string{"[1]", "[2, 3]"}, "[1,2,3]"},
		{[]string{"a: 1", "a: {b: 1}"}, "error: parameters:1:1: the key a occurs in the document and in the parameters, or in two files of parameters"},
		{[]string{"a: 1", "[1]"}, "error: parameters:1:1: a map and a list cannot be merged"},
		{[]string{"x", "z: 1"}, "error: parameters:1:1: a string and a map cannot be merged"},
		{nil, "error: parameters: there is nothing to merge"},
	} {
		var docs []*guard.Value
		for _, text := range c.docs {
			v, err := guard.Load("d", []byte(text), guard.Strict)
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, v)
		}
		v, err := guard.Merge(docs...)
		got := ""
		if err != nil {
			got = "error: " + err.Error()
		} else {
			got = v.String()
		}
		if got != c.want {
			t.Errorf("want %s, got %s", c.want, got)
		}
	}
}
