package guard

// Merge joins input parameters and a document into what rules see: the keys of
// all of them side by side. Lists are put one after the other. A key that
// occurs twice, or documents of different kinds, are an *Error; so is a value
// that is neither a map nor a list.
func Merge(docs ...*Value) (*Value, error) {
	if len(docs) == 0 {
		return nil, &Error{File: "parameters", Msg: "there is nothing to merge"}
	}
	out := docs[0]
	for _, next := range docs[1:] {
		merged, err := merge(out, next)
		if err != nil {
			return nil, err
		}
		out = merged
	}
	return out, nil
}

// merge keeps the parents of the children, so that their paths stay what they
// are in their own documents.
func merge(a, b *Value) (*Value, error) {
	switch {
	case a.kind == KindMap && b.kind == KindMap:
		v := &Value{kind: KindMap, pos: b.pos}
		v.keys = append(append(make([]Key, 0, len(a.keys)+len(b.keys)), a.keys...), b.keys...)
		v.items = append(append(make([]*Value, 0, len(v.keys)), a.items...), b.items...)
		for _, k := range b.keys {
			if a.find(k.Name) >= 0 {
				return nil, &Error{File: "parameters", Pos: k.Pos, Msg: "the key " + k.Name + " occurs in the document and in the parameters, or in two files of parameters"}
			}
		}
		if len(v.keys) > indexedMapSize {
			v.index = make(map[string]int, len(v.keys))
			for i, k := range v.keys {
				v.index[k.Name] = i
			}
		}
		return v, nil
	case a.kind == KindList && b.kind == KindList:
		v := &Value{kind: KindList, pos: b.pos}
		v.items = append(append(make([]*Value, 0, len(a.items)+len(b.items)), a.items...), b.items...)
		return v, nil
	}
	return nil, &Error{File: "parameters", Pos: b.pos, Msg: a.kind.article() + " and " + b.kind.article() + " cannot be merged"}
}
