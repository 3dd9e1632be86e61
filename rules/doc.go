// Package rules is the policy engine. It loads a policy set and says which of
// its rules a CloudFormation resource, or a whole template, breaks.
//
// A policy set is rules, parameters, enforcement levels and waivers under one
// digest. [Embedded], [LoadDir] and [LoadBundle] load one; a [Set] does not
// change afterwards and serves any number of goroutines. [Set.Evaluate] judges
// a target whose values are all known; [Set.Judge] runs one rule on one input
// and is what a caller uses that has values left open.
//
// A rule is one Rego package with METADATA and a partial set named deny, or a rule
// of a file in the Guard language, which package guard evaluates. A Rego rule
// sees the documents input and data.params, described by input.schema.json, and
// nothing else: no clock, no network, no randomness.
//
// Loading is strict: what could make a rule silently match nothing is an error
// with file and line. Evaluation fails closed: an error, a panic or an
// exhausted budget inside a rule is an error of that rule, never a pass.
//
// The package knows nothing of template syntax, hook events or terminals.
package rules
