package video

import "encoding/binary"

// sampleTables are the tables of a track that say where its samples are: how long
// each is shown (stts), how many are in a chunk (stsc), where chunks begin (stco or
// co64) and how long each sample is (stsz).
type sampleTables struct {
	in    *input
	scale uint32
	boxes map[string]box

	times, chunks, places, sizes table
	samples                      int64
	size                         int64 // of every sample, or 0
	large                        bool  // places have 64 bits
}

// table is a list of entries of the same length.
type table struct {
	in           *input
	kind         string
	at, end      int64
	length, left int64
}

// open checks that the tables are there and agree, and sets the number of frames.
func (t *sampleTables) open(v *Video) error {
	stsz := t.boxes["stsz"]
	head, err := t.in.bytes(stsz.start, 12, stsz.end, "box stsz")
	if err != nil {
		return err
	}
	t.size, t.samples = int64(binary.BigEndian.Uint32(head[4:])), int64(binary.BigEndian.Uint32(head[8:]))
	if t.samples > t.in.size || t.size > t.in.size/max(1, t.samples) {
		return errorAt(stsz.start, "%d samples are more than the file holds", t.samples)
	}
	if t.size == 0 {
		if t.sizes, err = t.table("stsz", 4, stsz.start+12, t.samples); err != nil {
			return err
		}
	}
	_, t.large = t.boxes["co64"]
	places, length := "stco", int64(4)
	if t.large {
		places, length = "co64", 8
	}
	for _, x := range []struct {
		to     *table
		kind   string
		length int64
	}{{&t.times, "stts", 8}, {&t.chunks, "stsc", 12}, {&t.places, places, length}} {
		b := t.boxes[x.kind]
		head, err := t.in.bytes(b.start, headerOfTable, b.end, "box "+x.kind)
		if err != nil {
			return err
		}
		if *x.to, err = t.table(x.kind, x.length, b.start+headerOfTable, int64(binary.BigEndian.Uint32(head[4:]))); err != nil {
			return err
		}
	}
	v.Frames = t.samples
	return t.sum(v)
}

func (t *sampleTables) table(kind string, length, at, entries int64) (table, error) {
	out := table{in: t.in, kind: kind, at: at, end: t.boxes[kind].end, length: length, left: entries}
	if entries > (out.end-at)/length {
		return out, errorAt(at, "box %s has no room for %d entries", kind, entries)
	}
	return out, nil
}

// sum adds up how long samples are shown, where the header does not say it.
func (t *sampleTables) sum(v *Video) error {
	times := t.times
	var count, sum uint64
	for times.left > 0 {
		e, err := times.next()
		if err != nil {
			return err
		}
		n, each := uint64(binary.BigEndian.Uint32(e)), uint64(binary.BigEndian.Uint32(e[4:]))
		if count += n; count > uint64(t.samples) {
			return errorAt(times.at, "stts has times of more than %d samples", t.samples)
		}
		sum += n * each // fewer samples than bytes, each of 32 bits: no file is long enough to overflow it
	}
	if count != uint64(t.samples) {
		return errorAt(times.at, "stts has the times of %d samples, and there are %d", count, t.samples)
	}
	if v.Duration == 0 {
		v.Duration = ticks(sum, t.scale)
	}
	return nil
}

// next returns the next entry.
func (t *table) next() ([]byte, error) {
	if t.left == 0 {
		return nil, errorAt(t.at, "the table %s ends before the samples do", t.kind)
	}
	e, err := t.in.bytes(t.at, t.length, t.end, "the table "+t.kind)
	t.at, t.left = t.at+t.length, t.left-1
	return e, err
}

// walk is a way through the tables.
type walk struct {
	sampleTables
	index, chunk int64
	time         uint64
	shown        uint32 // ticks of each sample of the run
	run          uint32 // samples that are left of it
	perChunk     uint32
	nextPerChunk uint32
	nextChange   int64 // the chunk from which on it is another number, or 0
}

// frames goes through all samples.
func (t *sampleTables) frames(yield func(Frame, error) bool) {
	w := &walk{sampleTables: *t}
	if err := w.all(func(f Frame) bool { return yield(f, nil) }); err != nil {
		yield(Frame{}, err)
	}
}

func (w *walk) all(yield func(Frame) bool) error {
	if w.samples > 0 {
		if err := w.change(); err != nil {
			return err
		}
		if w.nextChange != 1 {
			return errorAt(w.chunks.at, "stsc begins with chunk %d, want 1", w.nextChange)
		}
	}
	for w.index < w.samples {
		place, err := w.place()
		if err != nil {
			return err
		}
		for range w.perChunk {
			f, err := w.sample(place)
			if err != nil {
				return err
			}
			if !yield(f) || w.index == w.samples {
				return nil
			}
			place += f.Size
		}
	}
	return nil
}

// place returns where the next chunk begins, and sets how many samples it has.
func (w *walk) place() (int64, error) {
	w.chunk++
	if w.chunk == w.nextChange {
		w.perChunk, w.nextChange = w.nextPerChunk, 0
		if w.chunks.left > 0 {
			if err := w.change(); err != nil {
				return 0, err
			}
			if w.nextChange <= w.chunk {
				return 0, errorAt(w.chunks.at, "stsc is not in the order of chunks")
			}
		}
	}
	e, err := w.places.next()
	if err != nil {
		return 0, err
	}
	at := uint64(binary.BigEndian.Uint32(e))
	if w.large {
		at = binary.BigEndian.Uint64(e)
	}
	if at > uint64(w.in.size) {
		return 0, errorAt(w.places.at, "a chunk begins behind the end of the file")
	}
	return int64(at), nil
}

// change reads the next entry of stsc.
func (w *walk) change() error {
	e, err := w.chunks.next()
	if err != nil {
		return err
	}
	w.nextChange, w.nextPerChunk = int64(binary.BigEndian.Uint32(e)), binary.BigEndian.Uint32(e[4:])
	return nil
}

// sample returns the next sample, which begins at a place.
func (w *walk) sample(place int64) (Frame, error) {
	for w.run == 0 {
		e, err := w.times.next()
		if err != nil {
			return Frame{}, err
		}
		w.run, w.shown = binary.BigEndian.Uint32(e), binary.BigEndian.Uint32(e[4:])
	}
	f := Frame{Index: w.index, Time: ticks(w.time, w.scale), Offset: place, Size: w.size}
	if w.size == 0 {
		e, err := w.sizes.next()
		if err != nil {
			return Frame{}, err
		}
		f.Size = int64(binary.BigEndian.Uint32(e))
	}
	if f.Offset+f.Size > w.in.size {
		return Frame{}, errorAt(f.Offset, "frame %d ends behind the end of the file", f.Index)
	}
	w.index, w.run, w.time = w.index+1, w.run-1, w.time+uint64(w.shown)
	return f, nil
}
