// Package autonomousdriving prepares recordings of cars for labelling: it looks at
// frames of videos, checks point clouds, has a model segment the clouds that passed,
// and writes annotations.
//
// It promises that every recording is processed at least once, that a run which
// fails is found again, and that the model is asked on exactly one of four ways,
// with a job as the way that is left when an endpoint does not become ready. It
// decodes no video, and knows nothing of what a model answers but its labels.
package autonomousdriving

import (
	"context"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
)

// Functions returns the functions of the use case.
func Functions() bootstrap.Functions { return FunctionsWith(Sleep) }

// FunctionsWith is Functions with another way to wait for a model that is not
// ready: tests have a clock of their own.
func FunctionsWith(sleep Sleeper) bootstrap.Functions {
	return bootstrap.Functions{
		"find-videos":   openFindVideos(),
		"find-clouds":   openFindClouds(),
		"frames":        bootstrap.Handle(openFrames),
		"point-clouds":  bootstrap.Handle(openPointClouds),
		"gather-videos": bootstrap.Handle(openGatherVideos),
		"select-clouds": bootstrap.Handle(openSelectClouds),
		"annotate":      bootstrap.Handle(openAnnotate),
		"commit":        bootstrap.Handle(openCommit),

		"realtime":   bootstrap.Handle(openRealtime(sleep)),
		"components": bootstrap.Handle(openComponents(sleep)),
		"batch":      bootstrap.Handle(openBatch),
		"callback":   bootstrap.Handle(openCallback),
		"compare":    bootstrap.Handle(openCompare),
	}
}

// Sleeper waits, or returns the error of a context that ends before.
type Sleeper func(context.Context, time.Duration) error

// Sleep is the Sleeper of production.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
