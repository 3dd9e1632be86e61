package hook

import (
	"errors"
	"fmt"
)

// Failure is why a target was not judged, or not accepted.
type Failure struct {
	Code Code
	// Message is for users. It holds no URL and no credential.
	Message string
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

func failf(code Code, format string, args ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, args...)}
}

// failure returns err as a Failure; one that is none is an InternalFailure.
func failure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return failf(InternalFailure, "%v", err)
}
