package template

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

func (y *yamlReader) mapping(in *yaml.Node, pos Pos, depth int) (*Node, error) {
	n := y.new(Map, pos)
	n.Keys = make([]Key, 0, len(in.Content)/2)
	n.Items = make([]*Node, 0, len(in.Content)/2)
	seen := keySet{}
	var merges []*yaml.Node
	for i := 0; i < len(in.Content); i += 2 {
		key, value := in.Content[i], in.Content[i+1]
		at := Pos{key.Line, key.Column}
		if key.Tag == "!!merge" {
			merges = append(merges, value)
			continue
		}
		name, err := y.key(key, at)
		if err != nil {
			return nil, err
		}
		if first, dup := seen.add(n, name); dup {
			y.errorf(at, "duplicate key %q, first on line %d", name, first.Line)
			continue
		}
		item, err := y.node(value, depth+1)
		if err != nil {
			return nil, err
		}
		n.Keys = append(n.Keys, Key{Name: name, Pos: at})
		n.Items = append(n.Items, item)
	}
	for _, m := range merges {
		if err := y.merge(n, m, &seen, depth); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// key returns the text of a key. CloudFormation takes the text of unquoted
// scalars, so numbers and booleans are fine.
func (y *yamlReader) key(in *yaml.Node, pos Pos) (string, error) {
	if in.Kind == yaml.AliasNode {
		in = in.Alias
	}
	if in.Kind != yaml.ScalarNode {
		return "", y.stopf(pos, "a key must be a string, not a %s", yamlKind(in))
	}
	if in.Style&yaml.TaggedStyle != 0 && in.Tag != "!!str" {
		return "", y.stopf(pos, "a key must be a string; it has the tag %s", in.Tag)
	}
	if strings.IndexByte(in.Value, 0) >= 0 {
		return "", y.stopf(pos, "the character U+0000 is not allowed")
	}
	if in.Style == 0 {
		kind, value, rewritten := plainScalar(in.Value)
		if kind == Null {
			return "", y.stopf(pos, "a key must be a string, not null")
		}
		if rewritten {
			y.notef(pos, "the unquoted key %s is %s in YAML 1.1, which CloudFormation reads; quote it", in.Value, value)
		}
	}
	if strings.HasPrefix(in.Value, forEachPrefix) {
		y.loops = true
	}
	return in.Value, nil
}

func yamlKind(n *yaml.Node) string {
	if n.Kind == yaml.SequenceNode {
		return "sequence"
	}
	return "mapping"
}

// merge adds the keys of a merge key's mapping, or list of mappings, that n
// does not have. Earlier mappings win over later ones.
func (y *yamlReader) merge(n *Node, value *yaml.Node, seen *keySet, depth int) error {
	sources := []*yaml.Node{value}
	if target := followAlias(value); target.Kind == yaml.SequenceNode {
		sources = target.Content
	}
	for _, in := range sources {
		if followAlias(in).Kind != yaml.MappingNode || followAlias(in).Style&yaml.TaggedStyle != 0 {
			return y.stopf(Pos{in.Line, in.Column}, "the merge key << needs a mapping or a list of mappings")
		}
		m, err := y.node(in, depth)
		if err != nil {
			return err
		}
		for i, key := range m.Keys {
			if _, dup := seen.add(n, key.Name); !dup {
				n.Keys = append(n.Keys, key)
				n.Items = append(n.Items, m.Items[i])
			}
		}
	}
	return nil
}

func followAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// keySet finds duplicate keys of a map under construction.
type keySet struct {
	index map[string]Pos // only for maps with many keys
}

// add reports whether n has the key already, and where. The caller appends it
// to n when it has not.
func (s *keySet) add(n *Node, name string) (Pos, bool) {
	const many = 12
	if len(n.Keys) < many {
		for _, k := range n.Keys {
			if k.Name == name {
				return k.Pos, true
			}
		}
		return Pos{}, false
	}
	if s.index == nil {
		s.index = make(map[string]Pos, 4*many)
	}
	if len(s.index) < len(n.Keys) {
		for _, k := range n.Keys[len(s.index):] {
			s.index[k.Name] = k.Pos
		}
	}
	pos, dup := s.index[name]
	return pos, dup
}
