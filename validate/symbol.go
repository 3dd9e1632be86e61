package validate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// symbol is something whose value the template leaves open: a parameter, a
// pseudo parameter, an import, an attribute of a custom resource, a dynamic
// reference. Two uses of one symbol in one deployment have one value.
type symbol struct {
	name string
	// token stands for a value unlike every constant that anything compares
	// it with.
	token string
	// initial is the domain before any choice; what a deployment may give.
	initial domain
	def     *string
	number  bool
	list    bool
	secret  bool
	// plain means that no value of the symbol is special to a rule: an
	// identifier that AWS assigns.
	plain bool
	// fact is set on symbols that stand for an equation of two others.
	fact *[2]string

	pattern        matcher
	patternText    string
	automaton      automaton
	minLen, maxLen *int
	minVal, maxVal *float64
	// items are what a list may have in it; nil means anything.
	items []string
	// also are declarations that a value has to meet, too.
	also []*symbol
	// conditionValues are the constants that conditions compare values
	// derived from the symbol with.
	conditionValues []string
}

// domain is what is still possible for a symbol: exactly the values listed,
// or, when values is nil, everything but those in not.
type domain struct {
	values []string
	not    []string
}

func (d domain) single() (string, bool) {
	if len(d.values) == 1 {
		return d.values[0], true
	}
	return "", false
}

func (d domain) has(v string) bool {
	if d.values != nil {
		return slices.Contains(d.values, v)
	}
	return !slices.Contains(d.not, v)
}

// intersect returns what d and o have in common; ok is false when that is
// nothing.
func (d domain) intersect(o domain) (domain, bool) {
	switch {
	case d.values != nil:
		var out []string
		for _, v := range d.values {
			if o.has(v) {
				out = append(out, v)
			}
		}
		return domain{values: out}, len(out) > 0
	case o.values != nil:
		return o.intersect(d)
	}
	not := append(slices.Clone(d.not), o.not...)
	slices.Sort(not)
	return domain{not: slices.Compact(not)}, true
}

// admits reports whether a deployment may give the symbol this value, as far
// as the declaration says.
func (s *symbol) admits(v string) bool {
	if !s.initial.has(v) || slices.ContainsFunc(s.also, func(a *symbol) bool { return !a.admits(v) }) {
		return false
	}
	if s.initial.values != nil {
		return true
	}
	if s.plain && v == "" {
		// What it names has to exist. A declaration may still default to nothing.
		return s.def != nil && *s.def == ""
	}
	if s.number {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || s.minVal != nil && f < *s.minVal || s.maxVal != nil && f > *s.maxVal {
			return false
		}
		return true
	}
	items := []string{v}
	if s.list {
		items = splitList(v)
		if s.items != nil && (len(items) == 0 || slices.ContainsFunc(items, func(item string) bool { return !slices.Contains(s.items, item) })) {
			return false
		}
	} else if n := len([]rune(v)); s.minLen != nil && n < *s.minLen || s.maxLen != nil && n > *s.maxLen {
		return false
	}
	if s.pattern != nil {
		for _, item := range items {
			if !s.pattern.MatchString(item) {
				return false
			}
		}
	}
	return true
}

// splitList splits the text of a list parameter the way CloudFormation does:
// at commas, items trimmed. The empty text is the empty list.
func splitList(v string) []string {
	if strings.TrimSpace(v) == "" {
		return []string{}
	}
	items := strings.Split(v, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

// parameterSymbol builds the symbol of a parameter. pinned is the value that
// the caller gives, or nil.
func parameterSymbol(p *template.Parameter, pinned *string) *symbol {
	s := &symbol{
		name: p.Name, token: "${" + p.Name + "}", secret: p.NoEcho,
		number: p.Type == "Number" || p.Type == "List<Number>", list: p.IsList(),
		minLen: p.MinLength, maxLen: p.MaxLength, minVal: p.MinValue, maxVal: p.MaxValue,
	}
	if s.list {
		s.number = false
	}
	if strings.HasPrefix(p.Type, "AWS::SSM::Parameter::Value<") {
		// What is given, by default or by the caller, is the name of an SSM
		// parameter, not the value. So is what the declaration constrains.
		return &symbol{name: s.name, token: s.token, secret: s.secret, list: s.list}
	}
	if pinned != nil {
		s.initial = domain{values: []string{*pinned}}
		return s
	}
	s.def = p.Default
	switch {
	case len(p.AllowedValues) == 0:
	case s.list:
		s.items = slices.Clone(p.AllowedValues)
	default:
		s.initial.values = slices.Clone(p.AllowedValues)
	}
	// AWS::EC2::VPC::Id and the like: CloudFormation checks that it exists.
	s.plain = strings.Contains(p.Type, "AWS::")
	if p.AllowedPattern != "" {
		s.pattern, s.patternText = allowedPattern(p.AllowedPattern), p.AllowedPattern
		if values, finite := language(p.AllowedPattern); finite && s.pattern != nil && s.initial.values == nil && !s.list {
			s.initial.values = values
		}
	}
	for _, a := range p.Also {
		s.narrow(parameterSymbol(a, nil))
	}
	return s
}

// narrow adds the constraints of another declaration that the value has to meet.
// Where none can, no deployment is there to judge, and s stays as it is.
func (s *symbol) narrow(a *symbol) {
	values := s.initial.values
	if values == nil {
		values = a.initial.values
	}
	var common []string
	for _, v := range values {
		if s.admits(v) && a.admits(v) {
			common = append(common, v)
		}
	}
	if len(values) > 0 && len(common) == 0 {
		return
	}
	if len(common) > 0 {
		s.initial.values = common
	}
	s.also = append(s.also, a)
	s.plain = s.plain || a.plain
	if s.def != nil && !s.admits(*s.def) {
		s.def = nil
	}
}

var (
	regionPattern  = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+)+-[0-9]+$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	stackPattern   = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]*$`)
)

// rare are values of pseudo parameters that are possible, and looked at where a
// condition or a mapping names them.
var rare = map[string][]string{
	"AWS::Partition": {"aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"},
	"AWS::URLSuffix": {"amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk", "csp.hci.ic.gov"},
}

// pseudoSymbol returns the symbol of a pseudo parameter, or nil.
func pseudoSymbol(name string, pinned *string) *symbol {
	s := &symbol{name: name, token: "${" + name + "}"}
	switch name {
	case "AWS::Region":
		s.pattern = regionPattern
	case "AWS::AccountId":
		s.pattern = accountPattern
	case "AWS::StackName":
		s.pattern = stackPattern
	case "AWS::Partition":
		s.initial.values = []string{"aws", "aws-cn", "aws-us-gov"}
		def := "aws"
		s.def = &def
	case "AWS::URLSuffix":
		s.initial.values = []string{"amazonaws.com", "amazonaws.com.cn"}
	case "AWS::StackId":
		s.plain = true
	case "AWS::NotificationARNs":
		s.plain, s.list = true, true
	default:
		return nil
	}
	if pinned != nil {
		s.initial = domain{values: []string{*pinned}}
	}
	return s
}

// Admits reports whether a deployment may give a parameter this value, as far
// as its declaration says.
func Admits(p *template.Parameter, value string) bool {
	return parameterSymbol(p, nil).admits(value)
}
