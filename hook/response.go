package hook

import (
	"encoding/json"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/fsxns3ap/guardhook/rules"
)

// AnnotationStatus is the outcome of a rule in an annotation.
type AnnotationStatus string

// The statuses of annotations.
const (
	AnnotationPassed  AnnotationStatus = "PASSED"
	AnnotationFailed  AnnotationStatus = "FAILED"
	AnnotationSkipped AnnotationStatus = "SKIPPED"
)

// Annotation is what a response says of one rule.
type Annotation struct {
	Name        string           `json:"annotationName"`
	Status      AnnotationStatus `json:"status"`
	Message     string           `json:"statusMessage,omitempty"`
	Remediation string           `json:"remediationMessage,omitempty"`
	Link        string           `json:"remediationLink,omitempty"`
	Severity    rules.Severity   `json:"severityLevel"`
}

// Response is the answer to an event. newResponse is the one place that makes
// it; its keys are those of the protocol.
type Response struct {
	Status               Status       `json:"hookStatus"`
	ErrorCode            Code         `json:"errorCode,omitempty"`
	Message              string       `json:"message"`
	Token                string       `json:"clientRequestToken"`
	CallbackDelaySeconds int          `json:"callbackDelaySeconds"`
	Annotations          []Annotation `json:"annotations,omitempty"`
}

// newResponse makes the response to an event: FAILED with a code, SUCCESS
// without one. The message is cut; tail is kept whole at its end.
func newResponse(e *Event, code Code, message, tail string, annotations []Annotation) Response {
	r := Response{Status: Success, Token: e.Token}
	if code != "" {
		r.Status, r.ErrorCode = Failed, code
		// Of a call that is not understood it is not known who made it.
		if e.Managed || e.Kind == "" {
			r.ErrorCode = code.forManaged()
		}
	}
	limit := maxMessage
	if e.StackID == "" {
		limit = maxCloudControlMessage
	}
	if message = strings.TrimSpace(message); message == "" {
		message = "no reason is known"
	}
	if tail != "" {
		tail = " " + tail
	}
	r.Message = cut(message, limit-len(tail)) + tail
	text := maxAnnotationText
	for total, a := range sized(annotations) {
		if len(r.Annotations) == maxAnnotations {
			break
		}
		if total > maxAnnotationTotal {
			text = maxAnnotationShort
		}
		a.Name = cut(a.Name, maxAnnotationName)
		a.Message = cut(a.Message, text)
		a.Remediation = cut(a.Remediation, text)
		if len(a.Link) > maxAnnotationLink {
			a.Link = ""
		}
		r.Annotations = append(r.Annotations, a)
	}
	return r
}

// sized goes through annotations, with the bytes of text of those before.
func sized(annotations []Annotation) iter.Seq2[int, Annotation] {
	return func(yield func(int, Annotation) bool) {
		total := 0
		for _, a := range annotations {
			if !yield(total, a) {
				return
			}
			total += len(a.Message) + len(a.Remediation)
		}
	}
}

// encode writes the response.
func (r *Response) encode() []byte {
	out, err := json.Marshal(r)
	if err != nil {
		// Unreachable: strings and numbers always encode.
		panic(err)
	}
	return out
}

// cut shortens a text to a number of bytes, at a character.
func cut(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	const more = "…"
	n := max(limit-len(more), 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}
