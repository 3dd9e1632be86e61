// Package failure names what went wrong in the words that state machines catch:
// the kind of an error is its errorType at the Lambda runtime, and so what
// ErrorEquals of Retry and Catch compares.
//
// It promises that every error has a kind, and that errors of AWS keep their
// operation, code and request id. It decides nothing: what is tried again is
// written in the state machine.
package failure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Kind is what a state machine catches.
type Kind string

// The kinds. Throttled, Unavailable and Timeout pass by themselves; to try again
// after another one gives the same result.
const (
	// Configuration is a setting of the function that is missing or wrong.
	Configuration Kind = "Configuration"
	// InvalidInput is an event, an object or an answer that cannot be used.
	InvalidInput Kind = "InvalidInput"
	// NotFound is something that is named and is not there.
	NotFound Kind = "NotFound"
	// AccessDenied is a permission that the role, or the user at ONTAP, lacks.
	AccessDenied Kind = "AccessDenied"
	// TooLarge is more than a limit allows.
	TooLarge Kind = "TooLarge"
	// Conflict is a condition of a write that does not hold: another one was first.
	Conflict Kind = "Conflict"
	// Throttled is a service that wants fewer requests.
	Throttled Kind = "Throttled"
	// Unavailable is a service, or the way to it, that fails.
	Unavailable Kind = "Unavailable"
	// Timeout is a deadline that has passed.
	Timeout Kind = "Timeout"
	// Internal is everything else.
	Internal Kind = "Internal"
)

// Transient says whether the same call may succeed later.
func (k Kind) Transient() bool { return k == Throttled || k == Unavailable || k == Timeout }

// Error is an error of a kind. New and Wrap make it.
type Error struct {
	kind Kind
	err  error
}

// Error implements error.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns what the message is made of.
func (e *Error) Unwrap() error { return e.err }

// New returns an error of a kind, with a message as fmt.Errorf makes it.
func New(kind Kind, format string, args ...any) error {
	return &Error{kind: kind, err: fmt.Errorf(format, args...)}
}

// Wrap says where err happened, and keeps its kind. It is nil if err is.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{kind: Of(err), err: &located{where: fmt.Sprintf(format, args...), err: err}}
}

// located is an error with its place. Errors of AWS are in short: their texts
// repeat themselves and name hosts.
type located struct {
	where string
	err   error
}

func (l *located) Error() string { return l.where + ": " + short(l.err) }
func (l *located) Unwrap() error { return l.err }

// maxMessage bounds what is taken over of a service's message, in bytes.
const maxMessage = 512

func short(err error) string {
	var ours *Error
	if errors.As(err, &ours) {
		return err.Error()
	}
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return err.Error()
	}
	parts := []string{op.Service() + " " + op.Operation()}
	var api smithy.APIError
	var sending *smithyhttp.RequestSendError
	var request interface{ ServiceRequestID() string }
	switch {
	case errors.As(err, &api):
		parts = append(parts, api.ErrorCode(), Cut(api.ErrorMessage(), maxMessage))
	case errors.As(err, &sending):
		parts = append(parts, "no answer", withoutURL(sending.Err))
	default:
		parts = append(parts, op.Err.Error())
	}
	if errors.As(err, &request) && request.ServiceRequestID() != "" {
		parts = append(parts, "request "+request.ServiceRequestID())
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": ")
}

// withoutURL leaves out what was asked for: a URL may be signed.
func withoutURL(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// Cut returns at most n bytes of text, whole characters.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

// Of returns the kind of an error. It knows those of this package, of contexts,
// of networks, and of AWS by code and HTTP status. That of nil is empty.
func Of(err error) Kind {
	var (
		ours    *Error
		api     smithy.APIError
		status  *smithyhttp.ResponseError
		sending *smithyhttp.RequestSendError
		broken  net.Error
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &ours):
		return ours.kind
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.As(err, &sending):
		return Unavailable
	case errors.As(err, &api):
		if kind := ofCode(api.ErrorCode()); kind != "" {
			return kind
		}
	}
	if answered := (*smithy.OperationError)(nil); errors.As(err, &answered) && errors.Is(err, io.ErrUnexpectedEOF) {
		return Unavailable // the answer broke off, whatever its status
	}
	if errors.As(err, &status) {
		return OfStatus(status.HTTPStatusCode())
	}
	if errors.As(err, &broken) {
		return Unavailable
	}
	return Internal
}

// ofCode is for codes whose HTTP status says less.
func ofCode(code string) Kind {
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return Throttled
	}
	switch {
	case strings.HasPrefix(strings.ToUpper(code), "KMS"):
		return ofKey(code)
	case slices.Contains([]string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedException", "ExpiredToken", "ExpiredTokenException", "RequestExpired",
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SubscriptionRequiredException",
	}, code):
		return AccessDenied
	// What a setting names, and not an object.
	case slices.Contains([]string{"NoSuchBucket", "NoSuchAccessPoint", "InvalidAccessPoint", "InvalidAccessPointAliasError"}, code):
		return Configuration
	case slices.Contains([]string{"ResourceNotFoundException", "NoSuchKey", "EntityNotFoundException"}, code):
		return NotFound
	case slices.Contains([]string{"PreconditionFailed", "ConditionalRequestConflict", "ConditionalCheckFailedException"}, code):
		return Conflict
	case slices.Contains([]string{"EntityTooLarge", "ImageTooLargeException"}, code):
		return TooLarge
	case slices.Contains([]string{"ModelNotReadyException", "ModelErrorException", "ServiceUnavailableException", "InternalServerException", "InternalServerError"}, code):
		return Unavailable
	case code == "ModelTimeoutException", code == "RequestTimeout", code == "RequestTimeoutException":
		return Timeout
	}
	return ""
}

// ofKey is for what KMS says to a service, most of it with the status 400.
func ofKey(code string) Kind {
	switch {
	case strings.Contains(code, "Throttl"):
		return Throttled
	case strings.Contains(code, "Internal"), strings.Contains(code, "Timeout"):
		return Unavailable
	}
	return AccessDenied
}

// OfStatus is the kind of an HTTP status, Internal for one that is no error.
func OfStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return AccessDenied
	case status == http.StatusNotFound, status == http.StatusGone:
		return NotFound
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return Conflict
	case status == http.StatusRequestEntityTooLarge:
		return TooLarge
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return Timeout
	case status >= 500:
		return Unavailable
	case status >= 400:
		return InvalidInput
	}
	return Internal
}
