package hook

import (
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/rules"
)

// The protocol of CloudFormation hooks, in one place:
// https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/.

// Kind says what a hook was called for.
type Kind string

// The kinds of targets.
const (
	Resource     Kind = "RESOURCE"
	Stack        Kind = "STACK"
	ChangeSet    Kind = "CHANGE_SET"
	CloudControl Kind = "CLOUD_CONTROL"
)

// Status is the outcome of a call.
type Status string

// The statuses that the package answers with.
const (
	Success Status = "SUCCESS"
	Failed  Status = "FAILED"
)

// Code is the reason of a failed call, an error code of the protocol.
type Code string

// The error codes that the package answers with.
const (
	NonCompliant             Code = "NonCompliant"
	UnsupportedTarget        Code = "UnsupportedTarget"
	InvalidRequest           Code = "InvalidRequest"
	InvalidTypeConfiguration Code = "InvalidTypeConfiguration"
	AccessDenied             Code = "AccessDenied"
	NetworkFailure           Code = "NetworkFailure"
	InternalFailure          Code = "InternalFailure"
)

// forManaged returns what stands for a code in answers to managed hooks: the
// documentation names two codes for them, and no others are tried.
func (c Code) forManaged() Code {
	if c == NonCompliant {
		return c
	}
	return InternalFailure
}

// Limits of the protocol.
const (
	// maxMessage is for calls of CloudFormation; maxCloudControlMessage for
	// those of Cloud Control. Counted here in bytes.
	maxMessage             = 4096
	maxCloudControlMessage = 1024
	// maxAnnotationName and the following bound the parts of an annotation.
	maxAnnotationName = 1024
	maxAnnotationText = 16384
	maxAnnotationLink = 5120
	// The following are ours, to stay below Lambda's limit for a response: past
	// maxAnnotationTotal bytes of text, a text has maxAnnotationShort.
	maxAnnotations     = 250
	maxAnnotationTotal = 512 << 10
	maxAnnotationShort = 256
	// maxInvocation is how long CloudFormation waits for an answer.
	maxInvocation = 30 * time.Second
)

// managedKey is the property of the configuration of a managed Lambda hook that
// no configuration of ours has.
const managedKey = "LambdaFunction"

// actionOf returns the action of an invocation point.
func actionOf(point string) (action string, ok bool) {
	switch point {
	case "CREATE_PRE_PROVISION":
		return rules.ActionCreate, true
	case "UPDATE_PRE_PROVISION":
		return rules.ActionUpdate, true
	case "DELETE_PRE_PROVISION":
		return rules.ActionDelete, true
	}
	return "", false
}

// pointIsOptional tells whether an event may lack actionInvocationPoint: the
// printed shape of change set events does, and only CREATE applies to them.
func pointIsOptional(k Kind) bool { return k == ChangeSet }

// propertiesAreOptional tells whether a resource event may lack all properties:
// managed hooks are documented to get none for a deletion.
func propertiesAreOptional(action string) bool { return action == rules.ActionDelete }

// targetTypeIsKnown checks targetType. It is never dispatched on: managed hooks
// are documented to get the resource type in it, contract tests send RESOURCE
// for everything.
func targetTypeIsKnown(s string) bool {
	return s == "" || strings.Contains(s, "::") ||
		slices.Contains([]Kind{Resource, Stack, ChangeSet, CloudControl}, Kind(s))
}

// contextProperties are the names under which the context of a changed resource
// has its properties; matched in any case.
const contextProperties = "properties"

// isPlaceholder tells whether a text of a change set context stands for a value
// that is not known before the change set is executed, or not shown.
func isPlaceholder(s string) bool { return strings.Contains(s, "{{changeSet:") || s == "****" }

// unsent are the attributes of a resource that a resource event does not carry.
func unsent() []string {
	return []string{"metadata", "deletion_policy", "update_replace_policy"}
}

// The response of executable mode stands between these lines.
const (
	ResponseStart = "__CFN_HOOK_START_RESPONSE__"
	ResponseEnd   = "__CFN_HOOK_END_RESPONSE__"
)
