package template

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// errSyntax is errStop for text that is not well-formed.
var errSyntax = errors.New("syntax")

// parseYAML reads the only document of the text.
func parseYAML(l *loader) (*Node, error) {
	docs, err := yamlDocuments(l.src.text)
	if err != nil {
		l.yamlSyntax(err)
		return nil, errSyntax
	}
	if len(docs) == 0 {
		return l.notTemplate("it is empty"), nil
	}
	first := -1
	for i, doc := range docs {
		if isYAMLTemplate(doc) {
			first = i
			break
		}
	}
	switch {
	case first < 0:
		return l.notTemplate(whyNotTemplate(docs[0])), nil
	case len(docs) > 1:
		second := docs[1]
		return nil, l.stopf(Pos{second.Line, second.Column}, "a second YAML document starts here; a template is one document")
	}
	y := &yamlReader{loader: l}
	return y.node(docs[0], 1)
}

// yamlDocuments returns the root of every document of a stream.
func yamlDocuments(text []byte) ([]*yaml.Node, error) {
	var docs []*yaml.Node
	for dec := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return nil, err
		}
		if len(doc.Content) == 1 {
			docs = append(docs, doc.Content[0])
		}
	}
}

func isYAMLTemplate(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if key := n.Content[i]; key.Kind == yaml.ScalarNode && isTemplateKey(key.Value) {
			return true
		}
	}
	return false
}

func whyNotTemplate(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "it is a sequence"
	case n.Kind == yaml.MappingNode:
		return noSections
	case n.ShortTag() == "!!null":
		return "it is empty"
	}
	return "it is a scalar"
}

const noSections = "it has no Resources, AWSTemplateFormatVersion or Transform"

var yamlMessage = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlSyntax records a syntax error. The reader reports the line where the
// broken construct starts, if any; the line that breaks it is the shortest
// prefix of the text that fails in the same way.
func (l *loader) yamlSyntax(err error) {
	reason := func(err error) string { return yamlMessage.ReplaceAllString(err.Error(), "") }
	want := reason(err)
	fails := func(line int) bool {
		end := len(l.src.text)
		if line < len(l.src.lines) {
			end = l.src.lines[line]
		}
		_, err := yamlDocuments(l.src.text[:end])
		return err != nil && reason(err) == want
	}
	last := len(l.src.lines)
	low, high := 1, last
	if m := yamlMessage.FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		low, _ = strconv.Atoi(m[1])
		low = max(1, min(low, last))
		for step := 1; low+step < last; step *= 4 {
			if fails(low + step) {
				high = low + step
				break
			}
		}
	}
	line := low + sort.Search(high-low, func(i int) bool { return fails(low + i) })
	off := l.src.lines[line-1]
	text := l.src.text[off:]
	indent := len(text) - len(bytes.TrimLeft(text, " \t"))
	l.errorf(l.src.pos(off+indent), "not well-formed YAML: %s", want)
}

// yamlReader turns YAML nodes into ours.
type yamlReader struct {
	*loader
	following []*yaml.Node // the anchors whose aliases are being expanded
}

func (y *yamlReader) node(in *yaml.Node, depth int) (*Node, error) {
	pos := Pos{in.Line, in.Column}
	if depth > MaxDepth {
		return nil, y.stopf(pos, "values nest deeper than %d", MaxDepth)
	}
	if y.full() {
		return nil, y.tooMany(pos)
	}
	if in.Kind == yaml.AliasNode {
		if slices.Contains(y.following, in.Alias) {
			return nil, y.stopf(pos, "the alias *%s is inside the value that it stands for", in.Value)
		}
		y.following = append(y.following, in.Alias)
		n, err := y.node(in.Alias, depth)
		y.following = y.following[:len(y.following)-1]
		return n, err
	}
	if in.Style&yaml.TaggedStyle == 0 {
		return y.untagged(in, pos, depth)
	}
	if fn, ok := shortTags[in.Tag]; ok {
		return y.call(in, fn, pos, depth)
	}
	switch tag := in.Tag; {
	case tag == "!!str" && in.Kind == yaml.ScalarNode:
		return y.text(in.Value, pos)
	case in.Kind == yaml.ScalarNode && isScalarTag(tag):
		n, err := y.untagged(in, pos, depth)
		if err == nil && n.Kind != scalarTags[tag] {
			return nil, y.stopf(pos, "%s cannot have the tag %s", describe(n), tag)
		}
		return n, err
	case tag == "!!map" && in.Kind == yaml.MappingNode, tag == "!!seq" && in.Kind == yaml.SequenceNode:
		return y.untagged(in, pos, depth)
	case strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!"):
		return nil, y.stopf(pos, "unknown tag %s: no intrinsic function has this short form", tag)
	default:
		return nil, y.stopf(pos, "the tag %s is not supported here", tag)
	}
}

func (y *yamlReader) tooMany(pos Pos) error {
	return y.stopf(pos, "the template has more than %d values after aliases are expanded", MaxNodes)
}

var scalarTags = map[string]Kind{"!!int": Number, "!!float": Number, "!!bool": Bool, "!!null": Null}

func isScalarTag(tag string) bool {
	_, ok := scalarTags[tag]
	return ok
}

func (y *yamlReader) text(s string, pos Pos) (*Node, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, y.stopf(pos, "the character U+0000 is not allowed")
	}
	n := y.new(String, pos)
	n.Text = s
	return n, nil
}

func (y *yamlReader) untagged(in *yaml.Node, pos Pos, depth int) (*Node, error) {
	switch in.Kind {
	case yaml.ScalarNode:
		if in.Style&^yaml.TaggedStyle != 0 && (in.Tag == "!!str" || in.Tag == "") {
			return y.text(in.Value, pos)
		}
		n := y.new(String, pos)
		var rewritten bool
		n.Kind, n.Text, rewritten = plainScalar(in.Value)
		if rewritten {
			y.notef(pos, "unquoted %s is %s in YAML 1.1, which CloudFormation reads; quote it if the text is meant", in.Value, n.Text)
		}
		return n, nil
	case yaml.SequenceNode:
		n := y.new(List, pos)
		n.Items = make([]*Node, 0, len(in.Content))
		for _, c := range in.Content {
			item, err := y.node(c, depth+1)
			if err != nil {
				return nil, err
			}
			n.Items = append(n.Items, item)
		}
		return n, nil
	case yaml.MappingNode:
		return y.mapping(in, pos, depth)
	}
	return nil, y.stopf(pos, "unexpected YAML node")
}

// call reads a value with a short tag. The call has one item, its argument as
// written; tagged scalars are text.
func (y *yamlReader) call(in *yaml.Node, fn string, pos Pos, depth int) (*Node, error) {
	n := y.new(Call, pos)
	n.Fn = fn
	if y.full() {
		return nil, y.tooMany(pos)
	}
	arg := *in
	arg.Style &^= yaml.TaggedStyle
	at := y.src.afterTag(pos)
	arg.Line, arg.Column = at.Line, at.Col
	arg.Tag = ""
	var item *Node
	var err error
	if in.Kind == yaml.ScalarNode {
		item, err = y.text(in.Value, at)
	} else {
		item, err = y.untagged(&arg, at, depth+1)
	}
	if err != nil {
		return nil, err
	}
	n.Items = []*Node{item}
	return n, nil
}
