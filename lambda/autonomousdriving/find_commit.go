package autonomousdriving

import (
	"context"
	"maps"
	"slices"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// CommitEvent names a run that has come to its end.
type CommitEvent struct {
	Run string `json:"run"`
	// Inference is what became of the questions to the model, nil if there were none.
	Inference *struct {
		Status string `json:"status"`
	} `json:"inference"`
}

// jobFailed is the status of a job that has perhaps not answered for all clouds.
const jobFailed = "FAILED"

// openCommit returns the last function of the workflow. What cannot be processed as
// it is counts as done, until it changes; what is in a part that failed does not, and
// neither does a cloud for which a job that failed has no answer.
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
			if e.Inference != nil && e.Inference.Status == jobFailed && sources[n].Name == clouds().Name {
				if failed, err = unanswered(ctx, f.Output, e.Run); err != nil {
					return out, err
				}
			}
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

// unanswered returns the keys of clouds that the model was to be asked for in a run,
// and that have no answer.
func unanswered(ctx context.Context, output *objects.Store, run string) (map[string]bool, error) {
	prefix := inferencePrefix(run)
	var list []Cloud
	if _, err := output.ReadJSON(ctx, listKey(run), maxClouds, &list); err != nil {
		return nil, err
	}
	answers, err := answersUnder(ctx, output, prefix)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, c := range list {
		if !slices.ContainsFunc(answerKeys(prefix, c.Key), func(key string) bool { return answers[key] }) {
			out[c.Key] = true
		}
	}
	return out, nil
}
