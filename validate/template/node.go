// Package template reads CloudFormation templates, YAML and JSON, without
// losing anything: every value keeps its file position, every intrinsic
// function stays an intrinsic function, and whatever cannot be read exactly is
// a located error.
//
// The package knows the template language (sections, parameters, intrinsic
// functions and their arity, language extensions). It does not choose values:
// resolving a template is the work of package validate.
package template

// Kind says what a Node is.
type Kind uint8

// The kinds of a Node.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
	// Call is an intrinsic function, long form or short tag alike.
	Call
)

// Pos is a place in a file. Lines and columns count from 1; columns count
// Unicode code points. The zero Pos means that the place is not known.
type Pos struct {
	Line, Col int
}

// Key is a key of a Map.
type Key struct {
	Name string
	Pos
}

// Node is a value of a template. A Node is never changed after loading, so
// that goroutines may share it.
type Node struct {
	Kind Kind
	// Text is the value of a scalar: a String's text, "true" or "false", a
	// Number as written in decimal ("900", "0.25", "1e3").
	Text string
	// Fn is the full name of a Call: "Ref", "Condition", "Fn::Sub", ...
	Fn string
	// Items are the elements of a List, the values of a Map in the order of
	// Keys, or the arguments of a Call. A function written with a single
	// argument that is not a list has one item. Fn::GetAtt always has two:
	// the logical id and the attribute name. Fn::Length and Fn::ToJsonString
	// have one, which may be a list. Fn::Transform has one, its Name and
	// Parameters; when it stands beside other keys, a second: the Map of
	// these.
	Items []*Node
	// Keys are the keys of a Map in source order, each at most once.
	Keys []Key
	// Parts is the parsed text of a Fn::Sub.
	Parts []Part
	// Pure is true when there is no Call in the node or below it.
	Pure bool
	Pos
}

// Part is a piece of a Fn::Sub text: literal text, or a reference when Name is
// set ("Bucket", "Bucket.Arn", "AWS::Region").
type Part struct {
	Text string
	Name string
	Pos
}

// Get returns the value of a key of a Map, or nil.
func (n *Node) Get(name string) *Node {
	if n == nil || n.Kind != Map {
		return nil
	}
	for i := range n.Keys {
		if n.Keys[i].Name == name {
			return n.Items[i]
		}
	}
	return nil
}

// Beside returns the map of what stands beside a Fn::Transform in one map, which is
// what is known of the value, or n itself where there is no such thing.
func (n *Node) Beside() *Node {
	if n != nil && n.Kind == Call && n.Fn == fnTransform && len(n.Items) == 2 {
		return n.Items[1]
	}
	return n
}

// Parameter is a declaration in Parameters. Values are kept as text, the way
// CloudFormation handles them.
type Parameter struct {
	Name string
	// Type is the declared type: "String", "Number", "CommaDelimitedList",
	// "List<...>", "AWS::SSM::Parameter::Value<...>", "AWS::EC2::VPC::Id", ...
	Type string
	// Default is nil when there is none.
	Default        *string
	AllowedValues  []string
	AllowedPattern string
	// Lengths are in characters; nil means no limit.
	MinLength, MaxLength *int
	MinValue, MaxValue   *float64
	NoEcho               bool
	// Also are declarations whose constraints a value has to meet, too: those of
	// the parameters of nested stacks that it is passed to.
	Also []*Parameter
	// File is where the declaration is, if that is not the template's file.
	File string
	Pos
}

// IsList reports whether a reference to the parameter gives a list.
func (p *Parameter) IsList() bool {
	t := p.Type
	if inner, ok := cutWrapper(t, "AWS::SSM::Parameter::Value<"); ok {
		t = inner
	}
	_, list := cutWrapper(t, "List<")
	return list || t == "CommaDelimitedList"
}

func cutWrapper(t, prefix string) (string, bool) {
	if len(t) > len(prefix) && t[:len(prefix)] == prefix && t[len(t)-1] == '>' {
		return t[len(prefix) : len(t)-1], true
	}
	return t, false
}

// Resource is an entry of Resources.
type Resource struct {
	ID   string
	Type string
	// Properties is nil when there are none.
	Properties *Node
	// Condition is the name of the resource's condition, or empty.
	Condition string
	DependsOn []string
	// Metadata, DeletionPolicy and UpdateReplacePolicy are nil when absent.
	Metadata            *Node
	DeletionPolicy      *Node
	UpdateReplacePolicy *Node
	// Node is the whole entry; Pos is the place of its logical id.
	Node    *Node
	TypePos Pos
	Pos
}

// Output is an entry of Outputs.
type Output struct {
	Name      string
	Condition string
	Value     *Node
	Pos
}

// Template is a loaded template. It is not changed after loading.
type Template struct {
	// File is the name that errors and findings show.
	File string
	// Source is the text, for code frames.
	Source []byte
	// Transforms are the names in Transform, in order.
	Transforms []string
	Parameters []*Parameter
	Mappings   map[string]map[string]map[string]*Node
	// Conditions by name; ConditionNames gives the source order.
	Conditions     map[string]*Node
	ConditionNames []string
	Resources      []*Resource
	Outputs        []*Output
	Metadata       *Node
	// Globals is the section of AWS::Serverless templates, or nil.
	Globals *Node
	// Notes are facts that a report must show because they limit what can be
	// judged: a macro that may rewrite the template, a Fn::ForEach over a
	// parameter that was expanded with its default.
	Notes []Note

	parameters map[string]*Parameter
	resources  map[string]*Resource
}

// Note is a located remark on a template.
type Note struct {
	Pos
	Message string
}

// Parameter returns the declaration of a parameter, or nil.
func (t *Template) Parameter(name string) *Parameter { return t.parameters[name] }

// Resource returns the resource with a logical id, or nil.
func (t *Template) Resource(id string) *Resource { return t.resources[id] }
