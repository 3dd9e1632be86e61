package semiconductoreda

import (
	"context"
	"io"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// chunk is how much one ranged read fetches, in bytes: at 40 ms for a request,
// 2 GiB take 20 seconds of waiting.
const chunk = 4 << 20

// file reads an object of a known size by ranges, and holds one chunk. It is for
// one goroutine.
type file struct {
	ctx    context.Context
	store  *objects.Store
	object objects.Object
	held   []byte
	at     int64 // of held
}

var _ io.ReaderAt = (*file)(nil)

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	for n < len(p) {
		at := offset + int64(n)
		if at >= f.object.Size {
			return n, io.EOF
		}
		if at < f.at || at >= f.at+int64(len(f.held)) {
			if err := f.fetch(at); err != nil {
				return n, err
			}
		}
		n += copy(p[n:], f.held[at-f.at:])
	}
	return n, nil
}

func (f *file) fetch(at int64) error {
	f.held = nil // or two chunks are held
	want := min(chunk, f.object.Size-at)
	content, err := f.store.Range(f.ctx, f.object.Key, f.object.ETag, at, want)
	// A range that cannot be had is past the end: the object is shorter by now.
	if failure.Of(err) == failure.InvalidInput || err == nil && int64(len(content)) != want {
		return changed(f.object.Key)
	}
	f.held, f.at = content, at
	return err
}

// unchanged says whether the object is still the one that was listed: ranges of
// two versions make up none.
func (f *file) unchanged() error {
	now, err := f.store.Stat(f.ctx, f.object.Key)
	if err == nil && (now.ETag != f.object.ETag || now.Size != f.object.Size) {
		err = changed(f.object.Key)
	}
	return err
}

func changed(key string) error {
	return failure.New(failure.Conflict, "%s: it was changed while it was read: the next run finds it again", key)
}
