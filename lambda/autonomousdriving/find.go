package autonomousdriving

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fsxns3ap/guardhook/lambda/internal/bootstrap"
	"github.com/fsxns3ap/guardhook/lambda/internal/discovery"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// The two sources have checkpoints of their own. The parts of videos are small:
// each of their frames is a question to Rekognition. Clouds are read as a whole.
func videos() discovery.Defaults {
	return discovery.Defaults{Name: "autonomous-driving-videos", Suffixes: []string{".mp4", ".mov", ".m4v", ".avi", ".mkv"}, PartObjects: 5}
}

func clouds() discovery.Defaults {
	return discovery.Defaults{Name: "autonomous-driving-clouds", Suffixes: []string{".pcd", ".las", ".laz", ".ply"}, PartObjects: 25, PartBytes: 8 << 30}
}

func openFindVideos() bootstrap.Open { return discovery.OpenFind(videos()) }
func openFindClouds() bootstrap.Open { return discovery.OpenFind(clouds()) }

// Status is what became of a file.
type Status string

// The statuses.
const (
	// Success: the frames of a video were looked at.
	Success Status = "SUCCESS"
	// NeedsDecoder: the frames of a video are no pictures, and there are no pictures
	// of them under frames/. Nothing is known of what they show.
	NeedsDecoder Status = "NEEDS_DECODER"
	// Invalid: a video that is damaged, or is none.
	Invalid Status = "INVALID"
	// Partial: the call ended before all frames of a video were looked at, and the next
	// one goes on. It is in records only.
	Partial Status = "PARTIAL"
	// Pass and Fail are the qualities of a point cloud.
	Pass Status = "PASS"
	Fail Status = "FAIL"
	// Unsupported: a point cloud in a format that is not read.
	Unsupported Status = "UNSUPPORTED"
)

// Result is what became of a file, as the list of a part has it. The record says
// more.
type Result struct {
	Key    string `json:"key"`
	Size   int64  `json:"size"` // bytes
	ETag   string `json:"etag"`
	Status Status `json:"status"`
	Record string `json:"record"` // its key
	Reason string `json:"reason,omitempty"`
	Frames int    `json:"frames,omitempty"` // that were looked at
	Points int64  `json:"points,omitempty"`
}

// PartEvent is a part of a manifest.
type PartEvent struct {
	Part string `json:"part"`
}

// stores are where recordings are and where results go.
type stores struct {
	input, output *objects.Store
}

func openStores(p *bootstrap.Platform) stores {
	client := s3.NewFromConfig(p.AWS)
	return stores{objects.New(client, p.Settings.Bucket("S3_ACCESS_POINT")), objects.New(client, p.Settings.Bucket("OUTPUT_BUCKET"))}
}

// checkPart refuses what is no part of a source.
func checkPart(source discovery.Defaults, part string) error {
	if !strings.HasPrefix(part, "manifests/"+source.Name+"/") {
		return failure.New(failure.InvalidInput, "event: part: want a key that begins with manifests/%s/", source.Name)
	}
	return nil
}

// resultsKey is the key of the results of a part.
func resultsKey(part string) string { return "results/" + strings.TrimPrefix(part, "manifests/") }

// maxResults is how long the results of a part are at most, in bytes: two keys of
// each object may be escaped throughout.
const maxResults = discovery.MaxPartObjects * (2*1024*6 + 2048)

// maxReason bounds a reason in a list of results, in bytes.
const maxReason = 512

// each processes the files of a part, and writes the results in the order of keys. A
// result may come with an error: the file is then in the list of failures as well.
func (s stores) each(ctx context.Context, part string, parallel int, process func(context.Context, objects.Object) (Result, error)) (discovery.Outcome, []Result, error) {
	var mu sync.Mutex
	results := []Result{}
	out, err := discovery.Each(ctx, s.output, part, parallel, func(ctx context.Context, o objects.Object) error {
		r, err := process(ctx, o)
		if r.Status != "" {
			r.Key, r.Size, r.ETag, r.Reason = o.Key, o.Size, o.ETag, failure.Cut(r.Reason, maxReason)
			mu.Lock()
			defer mu.Unlock()
			results = append(results, r)
		}
		return err
	})
	if err != nil {
		return out, nil, err
	}
	slices.SortFunc(results, func(a, b Result) int { return cmp.Compare(a.Key, b.Key) })
	return out, results, s.output.WriteJSON(ctx, resultsKey(part), results, objects.Condition{})
}

// readResults returns the results of a part.
func readResults(ctx context.Context, output *objects.Store, part string) ([]Result, error) {
	var out []Result
	_, err := output.ReadJSON(ctx, resultsKey(part), maxResults, &out)
	return out, err
}

// earlier reads the record of a file into value, and says whether there is one that
// can be read.
func earlier(ctx context.Context, output *objects.Store, key string, limit int64, value any) (bool, error) {
	_, err := output.ReadJSON(ctx, key, limit, value)
	switch failure.Of(err) {
	case failure.NotFound, failure.InvalidInput, failure.TooLarge:
		return false, nil
	}
	return err == nil, err
}

// upload writes an object while it is made.
func upload(ctx context.Context, store *objects.Store, key, contentType string, write func(io.Writer) error) error {
	from, to := io.Pipe()
	made := make(chan error, 1)
	go func() {
		err := write(to)
		to.CloseWithError(err) // nil is the end
		made <- err
	}()
	err := store.Upload(ctx, key, contentType, from, objects.Condition{})
	from.CloseWithError(err) // ends a write that nobody reads
	if wrong := <-made; wrong != nil && err == nil {
		err = wrong
	}
	return err
}
