package autonomousdriving

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // sidecar pictures are JPEG
	_ "image/png"  // or PNG
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"github.com/fsxns3ap/guardhook/lambda/internal/catalog"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/keys"
)

// Frame is what was seen in a frame.
type Frame struct {
	Index  int64 `json:"frame_index"` // from 0, in the video
	Time   int64 `json:"timestamp_ms"`
	Width  int   `json:"width"` // pixels of the picture
	Height int   `json:"height"`
	// Objects have a place in the picture; Labels are of the picture as a whole.
	Objects []Object `json:"objects,omitempty"`
	Labels  []Label  `json:"labels,omitempty"`
	// Problem says why the frame was not looked at.
	Problem string `json:"problem,omitempty"`
}

// Label is what is seen.
type Label struct {
	Name       string  `json:"label"`
	Confidence float64 `json:"confidence"` // percent, one decimal
}

// Object is what is seen at a place.
type Object struct {
	Label
	Box Box `json:"bounding_box"`
}

// Box is a place in a picture, in shares of its width and height.
type Box struct {
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// tooLong is the problem of a picture that Rekognition does not take.
const tooLong = "the picture has more than 5 MiB"

// minSide is how many pixels a picture has each way at least:
// https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
const minSide = 80

// eye looks at pictures.
type eye struct {
	api  catalog.Rekognition
	what Look
}

// look asks what a picture shows. A picture that Rekognition does not take is a
// problem of the frame; every other failure is an error.
func (e eye) look(ctx context.Context, f *Frame, picture []byte) error {
	if len(picture) > catalog.MaxImage {
		f.Problem = tooLong
		return nil
	}
	out, err := e.api.DetectLabels(ctx, &rekognition.DetectLabelsInput{
		Image: &types.Image{Bytes: picture}, MaxLabels: aws.Int32(int32(e.what.MaxLabels)), MinConfidence: aws.Float32(float32(e.what.MinConfidence)),
	})
	var format *types.InvalidImageFormatException
	var large *types.ImageTooLargeException
	switch {
	case errors.As(err, &format):
		f.Problem = "Rekognition takes the picture for none"
		return nil
	case errors.As(err, &large):
		f.Problem = "Rekognition takes the picture for too large"
		return nil
	case failure.Of(err) == failure.InvalidInput && min(f.Width, f.Height) < minSide:
		f.Problem = "Rekognition refuses the picture, and wants 80 pixels each way"
		return nil
	case failure.Of(err) == failure.InvalidInput:
		return failure.New(failure.Configuration, "labels: %w", failure.Wrap(err, "refused")) // not because of the picture
	case err != nil:
		return failure.Wrap(err, "labels")
	}
	for _, l := range out.Labels {
		label := Label{aws.ToString(l.Name), decimal(aws.ToFloat32(l.Confidence))}
		if len(l.Instances) == 0 {
			f.Labels = append(f.Labels, label)
		}
		for _, i := range l.Instances {
			if b := i.BoundingBox; b != nil {
				object := Object{Label{label.Name, decimal(aws.ToFloat32(i.Confidence))}, Box{share(b.Left), share(b.Top), share(b.Width), share(b.Height)}}
				f.Objects = append(f.Objects, object)
			}
		}
	}
	return nil
}

func decimal(v float32) float64 { return math.Round(float64(v)*10) / 10 }

// share is a number with six decimals, more than a picture has pixels.
func share(v *float32) float64 { return math.Round(float64(aws.ToFloat32(v))*1e6) / 1e6 }

// maxSidecars is how many pictures of a video are listed.
const maxSidecars = 100_000

// sidecar looks at pictures that are beside the results.
func (h *frameReader) sidecar(ctx context.Context, r *VideoRecord) error {
	prefix := keys.Output("frames/", r.Key, "/")
	found := map[int64]string{}
	for o, err := range h.output.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if at, ok := sidecarTime(strings.TrimPrefix(o.Key, prefix)); ok {
			found[at] = o.Key
		}
		if len(found) > maxSidecars {
			return failure.New(failure.TooLarge, "more than %d pictures under frames/ for the video", maxSidecars)
		}
	}
	if len(found) == 0 {
		return nil
	}
	times, interval := spread(found, h.look.Interval, h.look.MaxFrames)
	for _, at := range times {
		f := Frame{Index: r.Video.FrameAt(time.Duration(at) * time.Millisecond), Time: at}
		if known, ok := r.before[at]; ok {
			f = known
		} else if err := h.lookAt(ctx, &f, found[at]); err != nil {
			return failure.Wrap(err, "picture at %d ms", at)
		}
		r.Frames = append(r.Frames, f)
	}
	r.Source, r.Interval = FromSidecar, interval
	return r.usable()
}

// sidecarTime is the time in the name of a picture, in milliseconds.
func sidecarTime(name string) (int64, bool) {
	base, suffix, _ := strings.Cut(strings.ToLower(name), ".")
	at, err := strconv.ParseInt(base, 10, 64)
	const day = 24 * 60 * 60 * 1000
	return at, err == nil && at >= 0 && at < 365*day && slices.Contains([]string{"jpg", "jpeg", "png"}, suffix)
}

// spread returns the first time of each interval, in their order, and the interval:
// a longer one if there were more than most.
func spread(found map[int64]string, interval int64, most int) ([]int64, int64) {
	var times []int64
	for at := range found {
		times = append(times, at)
	}
	slices.SortFunc(times, cmp.Compare[int64])
	for ; ; interval *= 2 {
		var out []int64
		next := int64(0)
		for _, at := range times {
			if at >= next {
				out, next = append(out, at), (at/interval+1)*interval
			}
		}
		if len(out) <= most {
			return out, interval
		}
	}
}

func (h *frameReader) lookAt(ctx context.Context, f *Frame, key string) error {
	picture, _, err := h.output.Read(ctx, key, "", catalog.MaxImage)
	switch failure.Of(err) {
	case failure.TooLarge:
		f.Problem = tooLong
		return nil
	case failure.NotFound:
		f.Problem = "the picture is gone"
		return nil
	}
	if err != nil {
		return err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		f.Problem = "the picture is no JPEG and no PNG"
		return nil
	}
	f.Width, f.Height = config.Width, config.Height
	return h.eye.look(ctx, f, picture)
}
