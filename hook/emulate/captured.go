package emulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fsxns3ap/guardhook/hook"
)

// Captured is an event that was sent to a hook.
type Captured struct {
	Body []byte
	// NeedsPayload means that its document is behind a URL.
	NeedsPayload bool
	// Policy is what the event's hook configuration says of the policy set; empty
	// if it says nothing.
	Policy string
}

// ParseCaptured reads what has to be known of an event before it is handed to
// the hook, which judges the rest. Of the hook configuration in it, what says
// where the policy set comes from is left out. No error quotes the event.
func ParseCaptured(src []byte) (*Captured, error) {
	var event map[string]any
	if err := decode(src, &event); err != nil {
		return nil, errors.New("not an event: no JSON object")
	}
	out := &Captured{Body: src}
	data, _ := field(event, "requestData").(map[string]any)
	name, _ := field(data, "targetName").(string)
	url, _ := field(data, "payload").(string)
	out.NeedsPayload = url != "" && (name == string(hook.Stack) || name == string(hook.ChangeSet))
	model, _ := field(event, "hookModel").(map[string]any)
	if model == nil || field(model, "LambdaFunction") != nil {
		return out, nil
	}
	if policy, _ := field(model, "policy").(string); policy != "" && policy != hook.Embedded {
		out.Policy = policy
	} else if field(model, "policyConfig") != nil {
		out.Policy = "with a policyConfig"
	}
	if out.Policy == "" {
		return out, nil
	}
	for name := range model {
		if slices.ContainsFunc(policySettings(), func(s string) bool { return strings.EqualFold(s, name) }) {
			delete(model, name)
		}
	}
	var err error
	if out.Body, err = json.Marshal(event); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	return out, nil
}

// policySettings are the settings of a hook that say where its policy set comes
// from.
func policySettings() []string {
	return []string{
		"policy", "policyConfig", "verificationKey", "verificationKeyId", "verificationAlgorithm", "allowOlder", "refreshSeconds", "maxAgeSeconds",
	}
}

// field returns an entry of an object by its name in any case, as the hook does.
func field(object map[string]any, name string) any {
	for k, v := range object {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}
