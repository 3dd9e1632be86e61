// Package eventdriven processes a picture when it arrives: S3 tells EventBridge,
// and EventBridge starts a workflow for the one object.
//
// It promises that an event that comes twice is processed once and that an older
// one does not overwrite the result of a newer one, in any order. It does not find
// pictures whose event was lost: a workflow with a schedule does that.
package eventdriven

import (
	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
)

// Functions returns the functions of the use case.
func Functions() bootstrap.Functions {
	return bootstrap.Functions{
		"processor": bootstrap.Handle(openProcessor),
		"reporter":  bootstrap.Handle(openReporter),
	}
}
