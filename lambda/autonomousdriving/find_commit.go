package autonomousdriving

import (
	"context"
	"maps"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
)

// CommitEvent names a run that has come to its end.
type CommitEvent struct {
	Run string `json:"run"`
}

// openCommit returns the last function of the workflow. What cannot be processed as
// it is counts as done, until it changes; what is in a part that failed does not.
// Each source has a checkpoint: if the second is a Conflict, the first stays.
func openCommit(p *bootstrap.Platform) (func(context.Context, CommitEvent) (discovery.Committed, error), error) {
	var finders []*discovery.Finder
	sources := []discovery.Defaults{videos(), clouds()}
	for _, source := range sources {
		f, err := discovery.FinderFromSettings(p, source)
		if err != nil {
			return nil, err
		}
		finders = append(finders, f)
	}
	return func(ctx context.Context, e CommitEvent) (discovery.Committed, error) {
		out := discovery.Committed{Run: e.Run}
		for n, f := range finders {
			i, err := readIndex(ctx, f.Output, sources[n], e.Run)
			if err != nil {
				return out, err
			}
			failed := map[string]bool{}
			for _, part := range i.parts {
				out.Processed += part.Processed
				out.Failed += part.Failed
				if part.Error == nil {
					continue
				}
				out.PartsFailed++
				list, err := discovery.ReadPart(ctx, f.Output, part.Part)
				if err != nil {
					return out, err
				}
				for _, o := range list {
					failed[o.Key] = true
				}
			}
			if err := f.Commit(ctx, e.Run, maps.Keys(failed)); err != nil {
				return out, err
			}
		}
		return out, nil
	}, nil
}
