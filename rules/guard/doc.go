// Package guard runs rules written in the Guard DSL of AWS CloudFormation
// Guard 3.x.
//
// Parse compiles a rule file, Check finds its mistakes, and File.Evaluate
// gives the status of each rule on a document, with findings that name the
// clause, the value and their places:
//
//	f, err := guard.Parse("s3.guard", text)
//	problems, warnings := f.Check()
//	doc, err := guard.Load("template.yaml", data, guard.Strict)
//	results, err := f.Evaluate(ctx, doc, guard.Options{})
//
// A File and a Value never change, so goroutines may share them; the cost of
// an evaluation is bounded in steps, and it ends when its context does.
// Rule.RuleTypes tells which resource types a rule judges, File.Usage what it
// reads and compares with, File.Rego translates rules as far as that goes. The document model
// is Value: Load makes it from YAML or JSON, the constructors (Map, List,
// String, ...) from anything else, with the places that findings shall show.
// Merge adds input parameters; ResourceDocument and TemplateDocument make the
// documents of the Guard Hook. LoadTests and File.RunTests run test files in
// the format of the Guard rules registry, Coverage counts clauses, Format
// prints a file in its normal form.
//
// Verdicts are those of cfn-guard 3.2.0 except for the differences below.
// Nothing is known of CloudFormation but the resource types of type blocks:
// intrinsic functions are maps like others.
//
// # Quirks
//
// What rule authors would not expect, and the rules in testdata/verdicts (run
// by TestVerdicts) that pin it. FILE/rule is a rule in FILE.guard.
//
//	Negation
//	  `not` or `!` before a comparison is ignored            negation/prefix_on_equal_is_ignored
//	  it counts before exists, empty, is_*; twice cancels    unary/prefix_not, unary/twice_negated
//	  the negation of a call is ignored                      calls/negation_is_ignored
//	  != and not in keep "incomparable" and "missing" failed negation/other_types_are_not_unequal,
//	                                                         negation/missing_is_not_unequal
//	  not in passes for other types                          negation/map_is_not_in_texts
//	Comparison
//	  types never convert, not even int and float            equal/int_and_float
//	  a literal list of one is unwrapped for a scalar        equal/list_of_one_is_unwrapped
//	  a list equals a literal if each element does           equal/every_element_of_list
//	  an empty list equals every literal                     empty_results/empty_list_equals_everything
//	  two paths are compared as sets                         paths_compared/order_does_not_matter
//	  != of two paths has the right side as base when it is
//	  not the smaller one                                    paths_compared/unequal_elements_partly
//	  some does not weaken in between paths                  paths_compared/some_is_not_any
//	  in with a literal text finds parts of it               membership/within_text
//	  a list partly in another fails in and not in           membership/partly_not_in_fails
//	  a list is never "not among" lists unless it is empty   membership/list_not_among_lists_fails
//	  a literal list is never not in values                  literals_left/list_not_in_elements_always_fails
//	  ranges in lists match nothing, regexes do              membership/range_in_list_never_matches
//	  a list in a range is incomparable                      membership/list_in_range_is_incomparable
//	  < compares every pair, lists opened one level          order/cross_product
//	  an empty list is less than a missing value             empty_results/empty_list_less_than_missing
//	  literal arguments of calls are not literals            calls/literal_list_is_not_unwrapped
//	Empty
//	  %v empty asks for results, not for contents            empty/variable_with_empty_list_is_not_empty
//	  so does a path that ends in a filter                   empty/filter_without_results
//	  %v[*] empty asks for contents                          empty/variable_star_is_the_general_form
//	  no results: SKIP, but not for these                    empty_results/unary_skips
//	  q !empty { } fails without results                     empty_results/block_not_empty_fails
//	Paths
//	  a negative index is its absolute value                 paths/negative_index_is_absolute
//	  keys that read as numbers are indexes only             numeric_keys/by_name
//	  keys are tried in seven other spellings                spelling/from_pascal_to_snake
//	  the spelling found first holds for the rest            spelling/one_spelling_for_the_rest
//	  [*] of a map is the map, .* its values                 paths/star_of_map_is_the_map
//	  %v[0] is within each value                             variables/index_is_within_each_value
//	  list[*][ f ] tests the context around                  filters/list_star_filter_tests_the_outside
//	  keys in a list with another type matches nothing       keys/other_type_in_list_spoils_it
//	  the right side of keys starts at the map               keys/path_starts_at_the_map
//	  an index after an interpolated key selects a name      interpolation/index_selects_a_name
//	Variables
//	  literals beat paths of the same name in any order      variables/literal_wins_in_any_order
//	  let x = some q drops what is missing, and literals     variables/some_drops_literals
//	  captured keys pile up for the whole file               captures/seen_by_later_rules
//	  called rules see the variables of the caller           calls/sees_variables_of_the_caller
//	Rules
//	  alternatives stop at the first PASS                    status/alternative_stops_at_first_pass
//	  a reference to a rule that is SKIP fails               references/of_skipped_fails
//	  its negation passes                                    references/not_skipped_passes
//	  of rules of one name the first not SKIP counts         references/first_that_is_not_skipped
//	  a call passes SKIP on                                  calls/skip_goes_through
//	  the when of a type block is tested at the root         types/condition_is_at_the_root
//	  ::MODULE is dropped                                    types/module_suffix_is_dropped
//	  keywords are prefixes                                  prefixes/glued, prefix_errors/integer
//	Functions
//	  count counts results, a list is one                    functions/count_of_list_is_one
//	  regex_replace drops what does not match                functions/replace_loses_the_rest
//	  unsupported types are dropped                          functions/upper_drops_numbers
//	  a char equals no text                                  functions/char_is_no_text
//
// # Intended differences
//
//	The reference                                     This package
//	  ends the whole run at an error                    gives that rule ERROR and goes on    variable_errors/others_go_on
//	  panics at a filter after an index or a filter     ERROR                                filter_errors/filter_after_index
//	  panics at offsets within a character              ERROR                                function_errors/within_a_character
//	  overflows the stack on rules or variables that
//	  refer to themselves                               ERROR                                reference_errors/ping, variable_errors/own_loop
//	  panics after a million steps of backtracking      ERROR after a quarter of a second    regex_errors/backtracking
//	  evaluates without limit                           ERROR past Options.Steps             TestSteps
//	  accepts files without rules and undefined names   Check refuses them                   TestCheck
//	  takes the flag -u, and U beside look-around       refuses them when parsing            TestPatternErrors
//	  follows nesting of any depth                      250 levels in rules, 1000 in data    TestNesting
package guard
