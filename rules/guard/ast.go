package guard

import "sync"

// File is a compiled rule file. It never changes after Parse, so that
// goroutines may share it.
type File struct {
	// Name is the file name that positions and errors show.
	Name string
	// Rules are the rules in the order of evaluation: the clauses outside of
	// any rule, as the rule "default", come first. Several rules may have the
	// same name.
	Rules []*Rule
	// Called are the parameterised rules. They are evaluated only where they
	// are called.
	Called []*Rule

	src      string
	lines    []int  // offsets of the beginnings of lines
	lets     []*let // as written
	top      []*let // the let that counts for each name
	comments []comment
	vars     []string // names of variables; a varID is an index
	named    map[string]int
	groups   [][]*Rule // rules of the same name, by ruleID
	// captureNames are the variables that take keys.
	captureNames []string
	counted      []clause // the clauses that coverage counts; an id is an index
}

// DefaultRule is the name of the rule made of the clauses that stand outside
// of any rule.
const DefaultRule = "default"

// Rule is one rule of a file.
type Rule struct {
	// Name is the rule's name, DefaultRule for the clauses outside of rules.
	Name string
	// Params are the names of the parameters, without repetitions; nil for a
	// rule that takes none.
	Params []string
	// Pos is where the rule begins.
	Pos Pos

	isDefault bool
	group     int // ruleID
	params    []varID
	when      cnf
	body      block
	at, end   int
	types     []string
	anyType   bool
}

type varID int

// cnf is a conjunction of disjunctions.
type cnf []disj

type disj []clause

// block is a body in braces.
type block struct {
	lets []*let // as written, in source order
	cnf  cnf
	vars []*let // the let that counts for each name
	at   int    // the opening brace
	end  int    // after the closing brace
}

// let is an assignment.
type let struct {
	name  string
	id    varID
	value operand
	at    int
	// fixed is the result of a literal; nil for others.
	fixed []result
}

// operand is a value, a query or a function call.
type operand struct {
	literal *Value
	query   *query
	call    *call
	fixed   []result // the result of a literal
	at, end int
}

// clause is one of accessClause, queryBlock, whenBlock, typeBlock, ruleCall and
// ruleRef.
type clause interface{ offset() int }

type accessClause struct {
	not     bool
	query   *query
	op      operator
	negated bool
	rhs     *operand
	message string
	hasMsg  bool
	at, end int
	opAt    int
	id      int
}

type queryBlock struct {
	query    *query
	notEmpty bool
	body     block
	at       int
}

type whenBlock struct {
	when cnf
	body block
	at   int
}

type typeBlock struct {
	name     string // without ::MODULE
	when     cnf
	body     block
	query    *query
	braces   bool
	hasWhen  bool
	at       int
	withType string // as written
}

type ruleCall struct {
	not     bool
	name    string
	args    []operand
	rule    *Rule // nil when there is none of that name
	message string
	hasMsg  bool
	at, end int
	id      int
}

type ruleRef struct {
	not     bool
	name    string
	group   int // -1 when there is no rule of that name
	message string
	hasMsg  bool
	at, end int
	id      int
}

func (c *accessClause) offset() int { return c.at }
func (c *queryBlock) offset() int   { return c.at }
func (c *whenBlock) offset() int    { return c.at }
func (c *typeBlock) offset() int    { return c.at }
func (c *ruleCall) offset() int     { return c.at }
func (c *ruleRef) offset() int      { return c.at }

// call is a call of a function.
type call struct {
	name    string
	fn      *function
	args    []operand
	at, end int
	re      *pattern // of regex_replace with a literal pattern
}

// query is a path.
type query struct {
	some    bool
	parts   []part
	at, end int
}

type partKind uint8

const (
	partThis partKind = iota
	partKey
	partVar // as the first part a variable, later an interpolated key
	partIndex
	partAllIndices
	partAllValues
	partFilter
	partKeys
)

type part struct {
	kind partKind
	name string // key or variable
	id   varID  // of partVar
	// capture is the variable that takes keys, or -1.
	capture  varID
	capName  string
	index    int64      // of partIndex, and of a key that reads as a number
	numeric  bool       // the key reads as a number
	cases    *caseCache // of partKey
	filter   cnf
	op       operator
	negated  bool
	rhs      *operand
	implicit bool // a [*] that the file does not contain
	quoted   bool
	at, end  int
}

type operator uint8

const (
	opEq operator = iota
	opNe
	opLt
	opLe
	opGt
	opGe
	opIn
	opExists
	opEmpty
	opIsString
	opIsList
	opIsStruct
	opIsBool
	opIsInt
	opIsNull
	opIsFloat
)

func (o operator) unary() bool { return o >= opExists }

var operatorNames = [...]string{
	"==", "!=", "<", "<=", ">", ">=", "in", "exists", "empty",
	"is_string", "is_list", "is_struct", "is_bool", "is_int", "is_null", "is_float",
}

func (o operator) String() string { return operatorNames[o] }

type comment struct {
	at, end int
}

// caseCache holds the spellings of a key that lookups try after the key
// itself. They are computed on the first miss.
type caseCache struct {
	once sync.Once
	list []spelling
}
