// Package route chooses the way on which a model is called: one of four, by the
// kind of inference that is configured, the number of files and the largest one.
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
	// MaxBytes is the size of the largest file, from 0. A file that does not fit
	// into a call sends all of them to a job.
	MaxBytes int64 `json:"max_bytes"`
}

// What one call takes, in bytes. A job takes more:
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html and
// https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
const (
	MaxPayload           = 6 << 20
	MaxServerlessPayload = 4 << 20
	// MaxJobPayload is what a call within a job takes, 100 MB. A job fails as a whole
	// if one of its files has more:
	// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
	MaxJobPayload = 100_000_000
)

// Payload is what one call of a path takes, in bytes; 0 for a path without calls.
func Payload(p Path) int64 {
	switch p {
	case RealtimeEndpoint, InferenceComponents:
		return MaxPayload
	case ServerlessInference:
		return MaxServerlessPayload
	}
	return 0
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
	case in.MaxBytes < 0:
		return fmt.Errorf("largest file of %d bytes: want 0 or more", in.MaxBytes)
	}
	return nil
}

// Choose returns the path of an input, where all four are deployed. Every input has
// exactly one; a kind of inference that is not known takes BatchTransform.
func Choose(in Input) Path {
	switch {
	case in.InferenceType == Serverless && in.MaxBytes <= MaxServerlessPayload:
		return ServerlessInference
	case in.InferenceType == Components && in.MaxBytes <= MaxPayload:
		return InferenceComponents
	case in.InferenceType == Provisioned && in.MaxBytes <= MaxPayload && in.FileCount < in.BatchThreshold:
		return RealtimeEndpoint
	}
	return BatchTransform
}
