// Package route chooses the way on which a model is called: one of four, by the
// kind of inference that is configured and the number of files.
//
// The same decision stands here twice: as a function, and as the Choice state that
// Step Functions evaluates. Tests hold the two together.
package route

import (
	"fmt"
	"slices"
	"strings"
)

// Path is a way to a model.
type Path string

// The paths.
const (
	// BatchTransform is a job over all files. Every deployment has it: whatever has
	// no other path takes this one.
	BatchTransform Path = "batch_transform"
	// RealtimeEndpoint is an endpoint with instances of its own.
	RealtimeEndpoint Path = "realtime_endpoint"
	// ServerlessInference is an endpoint without instances.
	ServerlessInference Path = "serverless_inference"
	// InferenceComponents is a component of an endpoint that scales to zero.
	InferenceComponents Path = "inference_components"
)

// Paths are all paths.
func Paths() []Path {
	return []Path{BatchTransform, RealtimeEndpoint, ServerlessInference, InferenceComponents}
}

// The kinds of inference.
const (
	None        = "none"
	Provisioned = "provisioned"
	Serverless  = "serverless"
	Components  = "components"
)

// Input is what the choice depends on. Its JSON form is what the Choice state
// reads, and must be whole: Step Functions ends an execution at a field that is not
// there.
type Input struct {
	// InferenceType is a kind of inference; the case of letters matters.
	InferenceType string `json:"inference_type"`
	// FileCount is the number of files, from 0.
	FileCount int64 `json:"file_count"`
	// BatchThreshold is the number of files from which on an endpoint of instances
	// gives way to a job, from 1.
	BatchThreshold int64 `json:"batch_threshold"`
}

// Validate says what is wrong with an input. Choose has a path for it all the
// same; a configuration is checked when it is read.
func (in Input) Validate() error {
	kinds := []string{Components, None, Provisioned, Serverless}
	switch {
	case !slices.Contains(kinds, in.InferenceType):
		return fmt.Errorf("inference type %q: want one of %s", in.InferenceType, strings.Join(kinds, ", "))
	case in.FileCount < 0:
		return fmt.Errorf("file count %d: want 0 or more", in.FileCount)
	case in.BatchThreshold < 1:
		return fmt.Errorf("batch threshold %d: want 1 or more", in.BatchThreshold)
	}
	return nil
}

// Choose returns the path of an input, where all four are deployed. Every input has
// exactly one; a kind of inference that is not known takes BatchTransform.
func Choose(in Input) Path {
	switch {
	case in.InferenceType == Serverless:
		return ServerlessInference
	case in.InferenceType == Components:
		return InferenceComponents
	case in.InferenceType == Provisioned && in.FileCount < in.BatchThreshold:
		return RealtimeEndpoint
	}
	return BatchTransform
}
