package stacks

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Code returns the code of an error that a service answered, or "".
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// Message returns the message of an error that a service answered, or "".
func Message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

// Explain makes an error of the SDK readable: which call, which code, which
// message, without hosts and request ids. Other errors, and those that wrap one of
// the SDK, stay as they are.
func Explain(err error) error {
	call, ok := err.(*smithy.OperationError)
	if !ok {
		return err
	}
	var api smithy.APIError
	if errors.As(call.Err, &api) {
		return &explained{err, fmt.Sprintf("%s %s: %s: %s", call.ServiceID, call.OperationName, api.ErrorCode(), api.ErrorMessage())}
	}
	cause := root(call.Err).Error()
	// The SDK has no type for it.
	if strings.Contains(call.Err.Error(), "get credentials: ") {
		cause = "there are no credentials of AWS: sign in, or name a profile with --profile (" + cause + ")"
	}
	return &explained{err, fmt.Sprintf("%s %s: %s", call.ServiceID, call.OperationName, cause)}
}

// root returns the innermost error.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// explained has another text than the error that it stands for.
type explained struct {
	error
	text string
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.error }

// HTTPStatus returns the status of an answer that is an error, or 0.
func HTTPStatus(err error) int {
	var r *smithyhttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}
