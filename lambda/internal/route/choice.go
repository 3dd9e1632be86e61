package route

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// States names the first state of each path that a deployment has.
type States map[Path]string

// Choose is the function Choose for this deployment: a path that it does not have
// is BatchTransform.
func (s States) Choose(in Input) Path {
	if path := Choose(in); s[path] != "" {
		return path
	}
	return BatchTransform
}

// Choice is a Choice state of the Amazon States Language. Its JSON form is that of
// the language.
type Choice struct {
	Type    string `json:"Type"`
	Choices []Rule `json:"Choices"`
	Default string `json:"Default"`
}

// Rule is a rule of a Choice state, with the comparisons that are used here. It has
// either And or a Variable with one comparison; Next stands at the outermost only.
type Rule struct {
	And                   []Rule  `json:"And,omitempty"`
	Variable              string  `json:"Variable,omitempty"`
	StringEquals          *string `json:"StringEquals,omitempty"`
	NumericLessThanEquals *int64  `json:"NumericLessThanEquals,omitempty"`
	NumericLessThanPath   string  `json:"NumericLessThanPath,omitempty"`
	Next                  string  `json:"Next,omitempty"`
}

// Choice returns the state that decides as Choose does. The reference path at, "$"
// or "$.discovery", leads to the Input. A path that is not deployed has no rule, so
// that no state is named that is not there.
//
// It is an error if BatchTransform has no state, if it alone has one (a Choice state
// needs a rule), if a path is not known, or if at is no reference path.
func (s States) Choice(at string) (Choice, error) {
	if at != "$" && !strings.HasPrefix(at, "$.") {
		return Choice{}, fmt.Errorf("reference path %q: want $ or one that begins with $.", at)
	}
	for path := range s {
		if !slices.Contains(Paths(), path) {
			return Choice{}, fmt.Errorf("path %q: not a path", path)
		}
	}
	if s[BatchTransform] == "" {
		return Choice{}, fmt.Errorf("path %s: has no state", BatchTransform)
	}
	kind := func(name string) Rule { return Rule{Variable: at + ".inference_type", StringEquals: &name} }
	fits := func(p Path) Rule {
		limit := Payload(p)
		return Rule{Variable: at + ".max_bytes", NumericLessThanEquals: &limit}
	}
	few := Rule{Variable: at + ".file_count", NumericLessThanPath: at + ".batch_threshold"}
	choice := Choice{Type: "Choice", Default: s[BatchTransform]}
	for _, way := range []struct {
		path Path
		rule Rule
	}{
		{ServerlessInference, Rule{And: []Rule{kind(Serverless), fits(ServerlessInference)}}},
		{InferenceComponents, Rule{And: []Rule{kind(Components), fits(InferenceComponents)}}},
		{RealtimeEndpoint, Rule{And: []Rule{kind(Provisioned), fits(RealtimeEndpoint), few}}},
	} {
		if next := s[way.path]; next != "" {
			way.rule.Next = next
			choice.Choices = append(choice.Choices, way.rule)
		}
	}
	if len(choice.Choices) == 0 {
		return Choice{}, errors.New("only one path has a state: there is nothing to choose")
	}
	return choice, nil
}
