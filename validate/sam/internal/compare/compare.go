// Package compare compares the expansion of a template with what
// aws-sam-translator makes of it: the same resources, of the same types, with
// equal properties.
//
// Not compared are hash suffixes of logical ids, where one side has one and the
// other none; locations of code that is a local path; the OpenAPI document of
// an API and the description of its deployment.
package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/validate/template"
)

// Difference is what one side has otherwise than the other.
type Difference struct {
	Resource, Type string
	// Property is a property, an attribute such as "Condition", or "" for the
	// whole resource.
	Property  string
	Want, Got string
}

func (d Difference) String() string {
	if d.Property == "" {
		return fmt.Sprintf("%s (%s): want %s, got %s", d.Resource, d.Type, d.Want, d.Got)
	}
	return fmt.Sprintf("%s (%s) %s:\n  want %s\n  got  %s", d.Resource, d.Type, d.Property, d.Want, d.Got)
}

// Result counts what was compared.
type Result struct {
	// values are the defaults of parameters, which the translator puts in the
	// place of some references.
	values map[string]any

	// Resources are those that both have; Properties are those of them.
	Resources, Properties int
	// Unexpanded are resources of the translator that come from serverless
	// resources which are not expanded.
	Unexpanded  int
	Differences []Difference
}

// suffix is the end of a logical id that is derived from the uploaded code.
var suffix = regexp.MustCompile(`[0-9a-f]{10}$`)

// left are properties that are not compared.
var left = map[string]bool{
	"AWS::ApiGateway::RestApi.Body": true, "AWS::ApiGatewayV2::Api.Body": true, "AWS::ApiGateway::Deployment.Description": true,
}

// Template compares an expanded template with the JSON of the translator's.
func Template(got *template.Template, want []byte) (Result, error) {
	ours := map[string]entry{}
	for _, r := range got.Resources {
		ours[r.ID] = ourEntry(r)
	}
	theirs, err := decode(want, ours)
	if err != nil {
		return Result{}, err
	}
	out := Result{values: map[string]any{}}
	for _, p := range got.Parameters {
		if p.Default != nil {
			out.values[p.Name] = *p.Default
		}
	}
	for _, id := range slices.Sorted(maps.Keys(theirs)) {
		w := theirs[id]
		g, ok := ours[id]
		switch {
		case !ok && unexpanded(id, ours), strings.HasPrefix(g.Type, "AWS::Serverless::"):
			out.Unexpanded++
		case !ok:
			out.Differences = append(out.Differences, Difference{Resource: id, Type: w.Type, Want: "the resource", Got: "none"})
		default:
			out.Resources++
			out.resource(id, w, g)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ours)) {
		if _, ok := theirs[id]; !ok && !strings.HasPrefix(ours[id].Type, "AWS::Serverless::") {
			out.Differences = append(out.Differences, Difference{Resource: id, Type: ours[id].Type, Want: "none", Got: "the resource"})
		}
	}
	return out, nil
}

// unexpanded reports whether a resource comes from a serverless one that is not
// expanded.
func unexpanded(id string, ours map[string]entry) bool {
	for have, r := range ours {
		if strings.HasPrefix(r.Type, "AWS::Serverless::") && strings.HasPrefix(id, have) {
			return true
		}
	}
	return false
}

// entry is a resource as JSON has it.
type entry struct {
	Type, Condition                               string
	DependsOn                                     any
	Properties                                    map[string]any
	DeletionPolicy, UpdateReplacePolicy, Metadata any
	UpdatePolicy                                  any
}

func ourEntry(r *template.Resource) entry {
	plain := func(n *template.Node) any { return template.LongForm(n, nil) }
	e := entry{
		Type: r.Type, Condition: r.Condition, DeletionPolicy: plain(r.DeletionPolicy),
		UpdateReplacePolicy: plain(r.UpdateReplacePolicy), Metadata: plain(r.Metadata), UpdatePolicy: plain(r.Node.Get("UpdatePolicy")),
	}
	e.Properties, _ = plain(r.Properties).(map[string]any)
	ids := []any{}
	for _, id := range r.DependsOn {
		ids = append(ids, id)
	}
	e.DependsOn = ids
	return e
}

// decode reads the translator's resources, with their logical ids as ours are
// where only the suffix differs.
func decode(want []byte, ours map[string]entry) (map[string]entry, error) {
	var names struct {
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal(want, &names); err != nil {
		return nil, err
	}
	for id, r := range names.Resources {
		base := suffix.ReplaceAllString(id, "")
		if _, same := ours[id]; !same && base != id && ours[base].Type == r.Type {
			want = regexp.MustCompile(`\b`+id+`\b`).ReplaceAll(want, []byte(base))
		}
	}
	var t struct{ Resources map[string]entry }
	dec := json.NewDecoder(bytes.NewReader(want))
	dec.UseNumber()
	err := dec.Decode(&t)
	return t.Resources, err
}

func (r *Result) resource(id string, want, got entry) {
	differ := func(property string, w, g any) {
		a, b := r.text(w), r.text(g)
		if a != b {
			r.Differences = append(r.Differences, Difference{id, want.Type, property, a, b})
		}
	}
	if want.Type != got.Type {
		differ("Type", want.Type, got.Type)
		return
	}
	differ("Condition", want.Condition, got.Condition)
	differ("DependsOn", sortedIDs(want.DependsOn), sortedIDs(got.DependsOn))
	differ("DeletionPolicy", want.DeletionPolicy, got.DeletionPolicy)
	differ("UpdateReplacePolicy", want.UpdateReplacePolicy, got.UpdateReplacePolicy)
	differ("UpdatePolicy", want.UpdatePolicy, got.UpdatePolicy)
	all := maps.Clone(want.Properties)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, got.Properties)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if left[want.Type+"."+name] || local(want.Properties[name]) {
			continue
		}
		r.Properties++
		differ("Properties."+name, want.Properties[name], got.Properties[name])
	}
}

// local reports whether a value is the location that stands for a local path.
func local(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return v == "https://bucket.s3.amazonaws.com/local"
	}
	return m["S3Key"] == "local" || m["Key"] == "local" || m["ImageUri"] == "local"
}

func sortedIDs(v any) any {
	list, ok := v.([]any)
	if !ok {
		if v == nil || v == "" {
			return nil
		}
		list = []any{v}
	}
	ids := make([]string, 0, len(list))
	for _, id := range list {
		ids = append(ids, fmt.Sprint(id))
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// text writes a value so that values which CloudFormation takes for equal are.
func (r *Result) text(v any) string {
	v = r.normal(v)
	if v == nil {
		return "nothing"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// normal makes scalars text, leaves empty values out, and gives functions and
// JSON in a text one form each.
func (r *Result) normal(v any) any {
	switch v := v.(type) {
	case []any:
		var out []any
		for _, item := range v {
			if item = r.normal(item); item != nil {
				out = append(out, item)
			}
		}
		if len(out) == 0 {
			return nil
		}
		if unordered(out) {
			slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		return out
	case map[string]any:
		return r.normalMap(v)
	case nil:
		return nil
	case string:
		return r.normalText(v)
	}
	return fmt.Sprint(v)
}

func (r *Result) normalMap(v map[string]any) any {
	if value, ok := r.resolved(v); ok {
		return r.normal(value)
	}
	if name, ok := v["Fn::GetAtt"].(string); ok && len(v) == 1 {
		id, attribute, _ := strings.Cut(name, ".")
		return map[string]any{"Fn::GetAtt": []any{id, attribute}}
	}
	if joined, ok := join(v); ok {
		return r.normalText(joined)
	}
	out := map[string]any{}
	for name, item := range v {
		if item = r.normal(item); item != nil {
			out[name] = item
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// resolved puts the default of a parameter in the place of a reference to it.
func (r *Result) resolved(v map[string]any) (any, bool) {
	if len(v) != 1 {
		return nil, false
	}
	if name, ok := v["Ref"].(string); ok {
		value, ok := r.values[name]
		return value, ok
	}
	text, ok := v["Fn::Sub"].(string)
	if !ok {
		return nil, false
	}
	to := text
	for name, value := range r.values {
		to = strings.ReplaceAll(to, "${"+name+"}", fmt.Sprint(value))
	}
	return map[string]any{"Fn::Sub": to}, to != text
}

// unordered reports whether the order of a list says nothing: it is of DNS
// records or of the stages of a usage plan.
func unordered(list []any) bool {
	first, ok := list[0].(map[string]any)
	return ok && (first["AliasTarget"] != nil || first["ApiId"] != nil && first["Stage"] != nil || first["RestApiId"] != nil)
}

// join is the text of a Fn::Join of texts.
func join(v map[string]any) (string, bool) {
	args, ok := v["Fn::Join"].([]any)
	if !ok || len(v) != 1 || len(args) != 2 {
		return "", false
	}
	delimiter, isText := args[0].(string)
	items, isList := args[1].([]any)
	texts := make([]string, len(items))
	for i, item := range items {
		text, ok := item.(string)
		isText = isText && ok
		texts[i] = text
	}
	return strings.Join(texts, delimiter), isText && isList
}

func (r *Result) normalText(s string) any {
	if s == "" {
		return nil
	}
	if strings.HasPrefix(s, "{") && json.Valid([]byte(s)) {
		var v any
		if json.Unmarshal([]byte(s), &v) == nil {
			return r.normal(v)
		}
	}
	return s
}
