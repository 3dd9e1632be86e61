package semiconductoreda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii"
	"github.com/fsxns3ap/guardhook/lambda/internal/gdsii/layout"
	"github.com/fsxns3ap/guardhook/lambda/internal/oasis"
	"github.com/fsxns3ap/guardhook/lambda/internal/objects"
)

// Status is what became of a file.
type Status string

// The statuses. Only a Valid file counts in what is measured.
const (
	Valid Status = "VALID"
	// Invalid: it breaks its format, and the reason says where.
	Invalid Status = "INVALID"
	// TooLarge: it is past a limit of the function, and was not judged.
	TooLarge Status = "TOO_LARGE"
	// Denied: it may not be read, while others of its part may.
	Denied Status = "DENIED"
)

// Record is a line about a file: a row of the table, whose columns have the same
// names.
type Record struct {
	Key      string    `json:"file_key"`
	ETag     string    `json:"etag"`
	Size     int64     `json:"file_size"` // bytes
	Modified time.Time `json:"modified"`
	Status   Status    `json:"status"`
	Reason   string    `json:"reason,omitempty"`
	Format   string    `json:"file_format,omitempty"` // GDSII or OASIS

	*Design

	Run     string `json:"run"`
	Started string `json:"started"` // of the run
}

// Design is what a valid file tells of itself.
type Design struct {
	Version string     `json:"file_version"`
	Library string     `json:"library_name"` // empty in OASIS, which has none
	Created *time.Time `json:"creation_date"`
	Units   Units      `json:"units"`
	Cells   int        `json:"cell_count"`
	// Missing cells are placed and not defined.
	Missing int `json:"missing_cells"`
	// Box is null without geometry, and so are Width and Height, which are in
	// micrometres.
	Box    *Box     `json:"bounding_box"`
	Width  *float64 `json:"width_um"`
	Height *float64 `json:"height_um"`
	// Exact is false where Box may be larger than it has to be.
	Exact bool `json:"box_exact"`
	// Validation is the checksum that was checked: NONE, CRC32 or CHECKSUM32.
	Validation string `json:"validation"`
}

// Units are how many user units, and how many metres, a database unit is.
type Units struct {
	User float64 `json:"user_unit"`
	DB   float64 `json:"db_unit"`
}

// Box is an extent in database units.
type Box struct {
	MinX float64 `json:"min_x"`
	MinY float64 `json:"min_y"`
	MaxX float64 `json:"max_x"`
	MaxY float64 `json:"max_y"`
}

// maxReason is how long a reason is at most, in bytes.
const maxReason = 300

// refused is the record of a file that was not read to its end.
func (r Record) refused(s Status, reason string) Record {
	r.Status, r.Reason, r.Design = s, failure.Cut(strings.ToValidUTF8(reason, "\uFFFD"), maxReason), nil
	return r
}

// failure is nil for a valid file, otherwise what makes it one of the failures of
// its part.
func (r Record) failure() error {
	switch r.Status {
	case Valid:
		return nil
	case TooLarge:
		return failure.New(failure.TooLarge, "%s", r.Reason)
	}
	return failure.New(failure.InvalidInput, "%s: %s", strings.ToLower(string(r.Status)), r.Reason)
}

func newRecord(o objects.Object, run Run) Record {
	return Record{Key: o.Key, ETag: o.ETag, Size: o.Size, Modified: o.Modified, Status: Valid, Run: run.Name, Started: run.time()}
}

// read makes the record of a file. An error says nothing about its content.
func read(ctx context.Context, o objects.Object, content io.ReaderAt, limits layout.Limits, run Run) (Record, error) {
	r := newRecord(o, run)
	var err error
	switch key := strings.ToLower(o.Key); {
	case strings.HasSuffix(key, ".gds"), strings.HasSuffix(key, ".gds2"):
		r.Format = "GDSII"
		r.Design, err = readGDSII(ctx, content, o.Size, limits)
	case strings.HasSuffix(key, ".oas"), strings.HasSuffix(key, ".oasis"):
		r.Format = "OASIS"
		r.Design, err = readOASIS(ctx, content, o.Size, limits)
	default:
		return r.refused(Invalid, "unknown file format: want .gds, .gds2, .oas or .oasis"), nil
	}
	var broken *layout.Error
	switch {
	case err == nil && !r.measurable():
		return r.refused(Invalid, "its units, or its extent in them, are past what can be measured"), nil
	case err == nil:
		return r, nil
	case !errors.As(err, &broken):
		return r, err
	case failure.Of(err) == failure.TooLarge:
		return r.refused(TooLarge, err.Error()), nil
	}
	return r.refused(Invalid, err.Error()), nil
}

func readGDSII(ctx context.Context, content io.ReaderAt, size int64, limits layout.Limits) (*Design, error) {
	l, err := gdsii.Read(ctx, content, size, limits)
	if err != nil {
		return nil, err
	}
	d := &Design{Version: release(l.Version), Library: l.Name, Units: Units{l.UserUnit, l.Meter}, Validation: "NONE"}
	if !l.Created.IsZero() {
		d.Created = &l.Created
	}
	return d.summarized(l.Summary), nil
}

// release is how a version is written: 600 is "6.0", and 5 is "5.0".
func release(version int) string {
	if version < 100 {
		return fmt.Sprintf("%d.0", version)
	}
	return fmt.Sprintf("%d.%d", version/100, version%100)
}

// measurable says whether every number of a design can be written and compared: the
// files of others are judged by it, too.
func (d *Design) measurable() bool {
	const most = 1e100
	numbers := []float64{d.Units.User, d.Units.DB}
	if d.Box != nil {
		numbers = append(numbers, d.Box.MinX, d.Box.MinY, d.Box.MaxX, d.Box.MaxY, *d.Width, *d.Height)
	}
	return !slices.ContainsFunc(numbers, func(n float64) bool { return math.IsNaN(n) || math.Abs(n) > most })
}

const micrometre = 1e-6 // metres

func readOASIS(ctx context.Context, content io.ReaderAt, size int64, limits layout.Limits) (*Design, error) {
	l, err := oasis.Read(ctx, content, size, limits)
	if err != nil {
		return nil, err
	}
	d := &Design{
		// The user unit of OASIS is always the micrometre.
		Version: failure.Cut(strings.ToValidUTF8(l.Version, "\uFFFD"), 32), Units: Units{l.Meter / micrometre, l.Meter},
		Validation: map[oasis.Validation]string{oasis.Unchecked: "NONE", oasis.CRC32: "CRC32", oasis.Checksum32: "CHECKSUM32"}[l.Validation],
	}
	return d.summarized(l.Summary), nil
}

func (d *Design) summarized(s layout.Summary) *Design {
	d.Cells, d.Missing, d.Exact = s.Cells, s.Missing, s.Exact
	if !s.Box.Empty() {
		d.Box = &Box{s.Box.MinX, s.Box.MinY, s.Box.MaxX, s.Box.MaxY}
		d.Width, d.Height = d.micrometres(s.Box.MaxX-s.Box.MinX), d.micrometres(s.Box.MaxY-s.Box.MinY)
	}
	return d
}

// micrometres is a length, in whole picometres: a unit of GDSII and the same one of
// OASIS differ in the last bit, and equal lengths are no outliers of each other.
func (d *Design) micrometres(length float64) *float64 {
	const picometres = 1e6
	out := math.Round(length*d.Units.DB/micrometre*picometres) / picometres
	return &out
}
