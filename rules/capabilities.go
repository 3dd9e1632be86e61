package rules

import "github.com/open-policy-agent/opa/v1/ast"

// allowedBuiltins are the functions that rules may call: those whose result
// depends on their arguments alone and whose cost is bounded by the budget of
// an evaluation. Clock, network, randomness, signatures, and whatever reads the
// process or the machine are not among them.
var allowedBuiltins = [...]string{
	"eq", "assign", "internal.member_2", "internal.member_3", "internal.template_string",
	"gt", "gte", "lt", "lte", "neq", "equal",
	"plus", "minus", "mul", "div", "rem", "round", "ceil", "floor", "abs",
	"bits.or", "bits.and", "bits.negate", "bits.xor", "bits.lsh", "bits.rsh",
	"and", "or", "intersection", "union",
	"count", "sum", "product", "max", "min", "sort",
	"array.concat", "array.flatten", "array.slice", "array.reverse",
	"to_number",
	"regex.match", "regex.is_valid", "regex.find_all_string_submatch_n", "regex.find_n", "regex.split",
	"regex.replace", "regex.globs_match", "regex.template_match", "glob.match", "glob.quote_meta",
	"strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.replace_n",
	"strings.reverse", "strings.split_n",
	"concat", "contains", "endswith", "format_int", "indexof", "indexof_n", "lower", "replace", "split",
	"sprintf", "startswith", "substring", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space",
	"trim_suffix", "upper",
	"numbers.range", "numbers.range_step", "units.parse", "units.parse_bytes",
	"json.filter", "json.remove", "json.patch", "json.marshal", "json.unmarshal", "json.is_valid",
	"object.filter", "object.get", "object.keys", "object.remove", "object.subset", "object.union", "object.union_n",
	"base64.decode", "base64.encode", "base64.is_valid", "base64url.decode", "base64url.encode",
	"base64url.encode_no_pad", "hex.decode", "hex.encode", "urlquery.decode", "urlquery.encode",
	"uri.is_valid", "uri.parse",
	"walk", "graph.reachable",
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name",
	"net.cidr_contains", "net.cidr_contains_matches", "net.cidr_intersects", "net.cidr_is_valid", "net.cidr_merge",
	"semver.compare", "semver.is_valid",
}

// capabilities returns what the compiler and the parser accept.
func capabilities() *ast.Capabilities {
	allowed := make(map[string]bool, len(allowedBuiltins))
	for _, name := range allowedBuiltins {
		allowed[name] = true
	}
	caps := ast.CapabilitiesForThisVersion()
	kept := make([]*ast.Builtin, 0, len(allowed))
	for _, b := range caps.Builtins {
		if allowed[b.Name] {
			kept = append(kept, b)
		}
	}
	caps.Builtins = kept
	caps.AllowNet = []string{}
	return caps
}

// refusedBuiltin tells whether name is a function of OPA that rules may not call.
func refusedBuiltin(name string) bool {
	for _, b := range allowedBuiltins {
		if b == name {
			return false
		}
	}
	_, known := ast.BuiltinMap[name]
	return known
}
