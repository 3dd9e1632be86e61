package pointcloud

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxHeader bounds a PCD header, in bytes.
	maxHeader = 64 << 10
	// maxFields bounds the fields of a point.
	maxFields = 4096
	// maxPoint bounds a point, in bytes and in values.
	maxPoint = 64 << 10
)

// pcdField is one field of PCD. Its values stand side by side.
type pcdField struct {
	name  string
	size  int
	kind  byte // F, I or U; 0 if the header has no TYPE
	count int
}

// pcdHeader is a PCD header, as it is read.
type pcdHeader struct {
	Header
	fields []pcdField
	// seen is the place of each keyword.
	seen map[string]int64
}

// measurePCD reads a header of text and then points.
func measurePCD(s *source) (*Metrics, error) {
	h, err := readPCDHeader(s)
	if err != nil {
		return nil, err
	}
	if h.Encoding == "ascii" {
		return h.measureText(s)
	}
	return h.measureBinary(s)
}

// readPCDHeader reads up to the line DATA, which is the last.
func readPCDHeader(s *source) (*pcdHeader, error) {
	h := &pcdHeader{Header: Header{Format: FormatPCD, Height: 1}, seen: map[string]int64{}}
	for h.Encoding == "" {
		at := s.offset
		line, err := s.line()
		switch {
		case err == io.EOF:
			return nil, s.truncated("the header of a PCD file, before the line DATA")
		case err != nil:
			return nil, err
		case s.offset > maxHeader:
			return nil, errorAt(at, "the header of a PCD file is longer than %d bytes", maxHeader)
		}
		words := strings.Fields(string(line))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := h.decode(at, strings.ToUpper(words[0]), words[1:]); err != nil {
			return nil, err
		}
	}
	return h, h.complete()
}

// decode takes one line of the header.
func (h *pcdHeader) decode(at int64, keyword string, values []string) error {
	if _, twice := h.seen[keyword]; twice {
		return errorAt(at, "%s stands twice in the header", keyword)
	}
	take, known := map[string]func(int64, string, []string) error{
		"VERSION": h.decodeOne, "DATA": h.decodeOne, "VIEWPOINT": h.decodeViewpoint,
		"FIELDS": h.decodeFields, "COLUMNS": h.decodeFields,
		"SIZE": h.decodeSizes, "TYPE": h.decodeTypes, "COUNT": h.decodeCounts,
		"WIDTH": h.decodeNumber, "HEIGHT": h.decodeNumber, "POINTS": h.decodeNumber,
	}[keyword]
	if !known {
		return errorAt(at, "not a line of a PCD header: want VERSION, FIELDS, SIZE, TYPE, COUNT, WIDTH, HEIGHT, VIEWPOINT, POINTS or DATA")
	}
	if len(values) == 0 {
		return errorAt(at, "%s has no value", keyword)
	}
	h.seen[keyword] = at
	return take(at, keyword, values)
}

func (h *pcdHeader) decodeOne(at int64, keyword string, values []string) error {
	if keyword == "VERSION" {
		h.Version = strings.TrimPrefix(values[0], "0")
		h.Version = "0" + h.Version // ".7" and "0.7" are the same
		if v, err := strconv.ParseFloat(h.Version, 64); err != nil || v < 0 || v >= 1 {
			return errorAt(at, "VERSION is not 0.7 or one before it")
		}
		return nil
	}
	switch h.Encoding = strings.ToLower(values[0]); h.Encoding {
	case "ascii", "binary":
		return nil
	case "binary_compressed":
		return &Error{Offset: at, Message: "DATA binary_compressed is not supported", err: ErrUnsupported}
	}
	return errorAt(at, "DATA is not ascii or binary")
}

func (h *pcdHeader) decodeViewpoint(at int64, _ string, values []string) error {
	if len(values) != 7 {
		return errorAt(at, "VIEWPOINT has %d numbers; want 7", len(values))
	}
	return nil
}

func (h *pcdHeader) decodeFields(at int64, keyword string, values []string) error {
	if len(h.fields) > 0 {
		return errorAt(at, "%s stands beside another list of fields", keyword)
	}
	if len(values) > maxFields {
		return errorAt(at, "%s has more than %d names", keyword, maxFields)
	}
	h.Fields = values
	h.fields = make([]pcdField, len(values))
	for i, name := range values {
		h.fields[i] = pcdField{name: strings.ToLower(name), count: 1}
	}
	return nil
}

func (h *pcdHeader) decodeSizes(at int64, keyword string, values []string) error {
	return h.each(at, keyword, values, func(f *pcdField, value string) bool {
		n, err := strconv.Atoi(value)
		f.size = n
		return err == nil && slices.Contains([]int{1, 2, 4, 8}, n)
	})
}

func (h *pcdHeader) decodeTypes(at int64, keyword string, values []string) error {
	return h.each(at, keyword, values, func(f *pcdField, value string) bool {
		f.kind = value[0]
		return len(value) == 1 && strings.Contains("FIU", value)
	})
}

func (h *pcdHeader) decodeCounts(at int64, keyword string, values []string) error {
	return h.each(at, keyword, values, func(f *pcdField, value string) bool {
		n, err := strconv.Atoi(value)
		f.count = n
		return err == nil && n >= 1 && n <= maxPoint
	})
}

// each takes a list that has a value for each field.
func (h *pcdHeader) each(at int64, keyword string, values []string, take func(*pcdField, string) bool) error {
	if len(h.fields) == 0 {
		return errorAt(at, "%s stands before FIELDS", keyword)
	}
	if len(values) != len(h.fields) {
		return errorAt(at, "%s has %d values for %d fields", keyword, len(values), len(h.fields))
	}
	for i, value := range values {
		if !take(&h.fields[i], value) {
			return errorAt(at, "%s of field %d is not valid", keyword, i+1)
		}
	}
	return nil
}

func (h *pcdHeader) decodeNumber(at int64, keyword string, values []string) error {
	n, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || n < 0 {
		return errorAt(at, "%s is not a number from 0", keyword)
	}
	switch keyword {
	case "WIDTH":
		h.Width = n
	case "HEIGHT":
		h.Height = n
	default:
		h.Points = n
	}
	return nil
}

// complete checks the header as a whole. Without POINTS, the grid says how many.
func (h *pcdHeader) complete() error {
	at := h.seen["DATA"]
	if len(h.fields) == 0 {
		return errorAt(at, "the header has no FIELDS")
	}
	if h.Points == 0 {
		points, ok := multiply(h.Width, h.Height)
		if !ok {
			return errorAt(at, "WIDTH × HEIGHT is beyond 63 bits")
		}
		h.Points = points
	}
	bytes, values := 0, 0
	for i, f := range h.fields {
		bytes, values = bytes+f.size*f.count, values+f.count
		switch {
		case h.Encoding == "binary" && (f.size == 0 || f.kind == 0):
			return errorAt(at, "DATA is binary, and the header has no SIZE or no TYPE")
		case f.kind == 'F' && (f.size == 1 || f.size == 2):
			return errorAt(at, "field %d is a float of %d bytes; want 4 or 8", i+1, f.size)
		case bytes > maxPoint || values > maxPoint:
			return errorAt(at, "a point is longer than %d bytes or values", maxPoint)
		}
	}
	for _, name := range [...]string{"x", "y", "z"} {
		if _, there := h.column(name); !there {
			return errorAt(at, "FIELDS has no %s", name)
		}
	}
	return nil
}
