// Package discovery finds the objects that are new or changed since the last run
// that succeeded, and passes them on by reference.
//
// It promises that every object is passed on at least once: what a run found
// counts as done only when Commit says so, and what failed in it, or was more than
// one run takes, is found again. Two runs at once do not both commit. The result
// stays far below the 256 KiB that a state of Step Functions may have.
//
// It does not rely on an order of the listing, and holds 24 bytes for each object
// under the prefix, twice; MaxKnown bounds them. Output is a bucket, and another
// one than the input, or what is written is found.
package discovery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// Limits.
const (
	// MaxKnown is how many objects may be under a prefix.
	MaxKnown = 1_000_000
	// MaxParts is how many parts the result of a run has.
	MaxParts = 400
	// MaxPartObjects is how many objects a part has.
	MaxPartObjects = 1000

	maxState = int64(MaxKnown*recordSize + 4096) // bytes
	maxPart  = MaxPartObjects * (1024*6 + 256)   // bytes: a key may be escaped throughout
)

// Finder finds objects. Every field but Suffixes, PartBytes and Settle has to be set.
type Finder struct {
	Input, Output *objects.Store
	// Name is that of the checkpoint: one for each workflow.
	Name string
	// Prefix begins the keys that are looked at.
	Prefix string
	// Suffixes are the endings that keys have, in any case. None are all.
	Suffixes []string
	// PartObjects is how many objects a part has: as many as one call can process.
	PartObjects int
	// PartBytes is how many bytes the objects of a part have, unless it is only
	// one: as many as one call can read. 0 is any number.
	PartBytes int64
	// Settle is how long an object must not have changed: a file that is still
	// being written is there before it is whole.
	Settle time.Duration
	Now    func() time.Time
}

// Part refers to a part of a manifest.
type Part struct {
	Key     string `json:"key"`
	Objects int    `json:"objects"`
}

// Result is what a run found.
type Result struct {
	Run     string `json:"run"`
	Parts   []Part `json:"parts"`
	Objects int    `json:"objects"` // in all parts
	Listed  int    `json:"listed"`  // under the prefix, with one of the suffixes
	// More says that there is more, for the next run.
	More bool `json:"more"`
}

// Find writes the manifest of a run, whose name is that of the execution. A run
// that is made again writes it again.
func (f *Finder) Find(ctx context.Context, run string) (Result, error) {
	if err := f.check(run); err != nil {
		return Result{}, err
	}
	known, base, err := f.current(ctx)
	if err != nil {
		return Result{}, err
	}
	r := &running{Finder: f, result: Result{Run: run, Parts: []Part{}}, next: newState(header{Run: run, Base: base})}
	now := f.Now()
	for o, err := range f.Input.List(ctx, f.Prefix) {
		if err != nil {
			return Result{}, err
		}
		// The time of a file may be any that somebody has set, also in the future.
		if !f.wanted(o.Key) || now.Sub(o.Modified).Abs() < f.Settle {
			continue
		}
		if err := r.see(ctx, o, known); err != nil {
			return Result{}, err
		}
	}
	if err := r.flush(ctx); err != nil {
		return Result{}, err
	}
	return r.result, f.Output.Write(ctx, f.proposalKey(run), stateType, r.next.Bytes(), objects.Condition{})
}

func (f *Finder) check(run string) error {
	name := regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)
	for _, text := range []string{run, f.Name} {
		if !name.MatchString(text) {
			return failure.New(failure.InvalidInput, "discovery: the name of a run or of a checkpoint is not understood: want letters, digits and ._-")
		}
	}
	if f.PartObjects < 1 || f.PartObjects > MaxPartObjects {
		return failure.New(failure.Configuration, "discovery: %d objects in a part, want 1 to %d", f.PartObjects, MaxPartObjects)
	}
	return nil
}

func (f *Finder) wanted(key string) bool {
	if strings.HasSuffix(key, "/") {
		return false // a folder
	}
	for _, suffix := range f.Suffixes {
		if len(key) >= len(suffix) && strings.EqualFold(key[len(key)-len(suffix):], suffix) {
			return true
		}
	}
	return len(f.Suffixes) == 0
}

func (f *Finder) checkpointKey() string         { return "checkpoints/" + f.Name }
func (f *Finder) proposalKey(run string) string { return "proposals/" + f.Name + "/" + run }
func (f *Finder) partKey(run string, n int) string {
	return fmt.Sprintf("manifests/%s/%s/%04d.json", f.Name, run, n)
}

// running is a run that is under way.
type running struct {
	*Finder
	result Result
	part   []objects.Object
	bytes  int64 // of the part
	next   *state
}

// see takes an object of the listing. An object that is new and for which there
// is no more room stays unknown.
func (r *running) see(ctx context.Context, o objects.Object, known map[mark]version) error {
	if r.result.Listed++; r.result.Listed > MaxKnown {
		return failure.New(failure.TooLarge, "discovery: more than %d objects under the prefix %q: use several prefixes", MaxKnown, r.Prefix)
	}
	m, v := markOf(o.Key), versionOf(o)
	if known[m] != v {
		if r.full(o) {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
		if len(r.result.Parts) == MaxParts {
			r.result.More = true
			return nil
		}
		r.part = append(r.part, o)
		r.bytes += o.Size
	}
	r.next.add(m, v)
	return nil
}

// full says whether an object is for the next part.
func (r *running) full(o objects.Object) bool {
	return len(r.part) == r.PartObjects || r.PartBytes > 0 && len(r.part) > 0 && o.Size > r.PartBytes-r.bytes
}

func (r *running) flush(ctx context.Context) error {
	if len(r.part) == 0 {
		return nil
	}
	p := Part{Key: r.partKey(r.result.Run, len(r.result.Parts)), Objects: len(r.part)}
	if err := r.Output.WriteJSON(ctx, p.Key, r.part, objects.Condition{}); err != nil {
		return err
	}
	r.result.Parts = append(r.result.Parts, p)
	r.result.Objects += p.Objects
	r.part, r.bytes = r.part[:0], 0
	return nil
}

// ReadPart returns the objects of a part.
func ReadPart(ctx context.Context, store *objects.Store, key string) ([]objects.Object, error) {
	var out []objects.Object
	_, err := store.ReadJSON(ctx, key, maxPart, &out)
	return out, err
}

// Commit makes what a run found known, but the keys that failed. To commit a run
// again does nothing. It is a Conflict if another run has committed since this one
// began: what this one found is found again.
func (f *Finder) Commit(ctx context.Context, run string, failed iter.Seq[string]) error {
	if err := f.check(run); err != nil {
		return err
	}
	h, _, err := f.read(ctx, f.checkpointKey())
	if err != nil && failure.Of(err) != failure.NotFound {
		return err
	}
	if err == nil && h.Run == run {
		return nil
	}
	h, records, err := f.read(ctx, f.proposalKey(run))
	if err != nil {
		return err
	}
	drop := map[mark]bool{}
	for key := range failed {
		drop[markOf(key)] = true
	}
	kept := newState(header{Run: run})
	for m, v := range each(records) {
		if !drop[m] {
			kept.add(m, v)
		}
	}
	err = f.Output.Write(ctx, f.checkpointKey(), stateType, kept.Bytes(), objects.Condition{Absent: h.Base == "", ETag: h.Base})
	if failure.Of(err) != failure.Conflict {
		return err
	}
	// The client writes again when an answer is lost, and then the condition does not
	// hold because of this run.
	if now, _, readErr := f.read(ctx, f.checkpointKey()); readErr == nil && now.Run == run {
		return nil
	}
	return err
}

// current returns what is known, and the ETag of the checkpoint, which is empty
// before the first run.
func (f *Finder) current(ctx context.Context) (map[mark]version, string, error) {
	content, o, err := f.Output.Read(ctx, f.checkpointKey(), "", maxState)
	if failure.Of(err) == failure.NotFound {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	_, records, err := parse(content)
	if err != nil {
		return nil, "", failure.Wrap(err, "%s", f.checkpointKey())
	}
	known := make(map[mark]version, len(records)/recordSize)
	for m, v := range each(records) {
		known[m] = v
	}
	return known, o.ETag, nil
}

func (f *Finder) read(ctx context.Context, key string) (header, []byte, error) {
	content, _, err := f.Output.Read(ctx, key, "", maxState)
	if err != nil {
		return header{}, nil, err
	}
	h, records, err := parse(content)
	return h, records, failure.Wrap(err, "%s", key)
}

// A state is a line of JSON and then records, each of the mark of a key and the
// version of its object. Both are beginnings of SHA-256: that two keys of a
// million share a mark has a probability of 2^-89.
const (
	recordSize = len(mark{}) + len(version{})
	stateType  = "application/octet-stream"
)

type (
	mark    [16]byte
	version [8]byte
)

type header struct {
	Run string `json:"run"`
	// Base is the ETag of the checkpoint that a proposal is made from.
	Base string `json:"base,omitempty"`
}

func markOf(key string) mark {
	sum := sha256.Sum256([]byte(key))
	return mark(sum[:len(mark{})])
}

func versionOf(o objects.Object) version {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %d", o.ETag, o.Size, o.Modified.UnixNano()))
	return version(sum[:len(version{})])
}

type state struct{ bytes.Buffer }

func newState(h header) *state {
	s := &state{}
	line, _ := json.Marshal(h) // texts always encode
	s.Write(append(line, '\n'))
	return s
}

func (s *state) add(m mark, v version) {
	s.Write(m[:])
	s.Write(v[:])
}

func parse(content []byte) (header, []byte, error) {
	var h header
	line, records, ok := bytes.Cut(content, []byte("\n"))
	if !ok || len(records)%recordSize != 0 || json.Unmarshal(line, &h) != nil || h.Run == "" {
		return h, nil, failure.New(failure.InvalidInput, "discovery: the checkpoint is damaged")
	}
	return h, records, nil
}

// each goes through records.
func each(records []byte) iter.Seq2[mark, version] {
	return func(yield func(mark, version) bool) {
		for ; len(records) > 0; records = records[recordSize:] {
			if !yield(mark(records[:len(mark{})]), version(records[len(mark{}):recordSize])) {
				return
			}
		}
	}
}
