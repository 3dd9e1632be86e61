package pack

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io/fs"
)

// Modes of entries. What the runtime starts must be executable.
const (
	plain      fs.FileMode = 0o644
	executable fs.FileMode = 0o755
)

const (
	// firstDay is 1980-01-01, the first day that the format has: the day is in
	// the bits from 0, the month from 5, the year since 1980 from 9.
	firstDay = 1<<5 | 1
	// format is version 2.0, which has compression.
	format = 20
	// unix is the high byte of the version of the creator: modes are Unix's.
	unix = 3 << 8
	// unixRegular is S_IFREG, the type of a regular file in the mode of an entry.
	unixRegular = 0o100000
)

// file is an entry of an archive.
type file struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// Archive is a zip file in memory.
type Archive struct {
	// Content is the file.
	Content []byte
	files   []file
}

// Manifest says what an archive is and holds. Sizes are in bytes, digests are
// SHA-256 in hexadecimal.
type Manifest struct {
	Bytes   int     `json:"bytes"`
	SHA256  string  `json:"sha256"`
	Entries []Entry `json:"entries"`
}

// Entry is a file in an archive, before compression.
type Entry struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Manifest returns the list of the entries, in their order.
func (a *Archive) Manifest() Manifest {
	m := Manifest{Bytes: len(a.Content), SHA256: digest(a.Content), Entries: make([]Entry, len(a.files))}
	for i, f := range a.files {
		m.Entries[i] = Entry{Name: f.name, Bytes: len(f.content), SHA256: digest(f.content)}
	}
	return m
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// archive makes a zip file of files in the order given. The method is zip.Store
// or zip.Deflate.
func archive(method uint16, files []file) (*Archive, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		if err := add(w, method, f); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &Archive{Content: out.Bytes(), files: files}, nil
}

// add writes an entry as it is: an ordinary entry of archive/zip has a time in an
// extra field and its sizes behind the data.
func add(w *zip.Writer, method uint16, f file) error {
	data := f.content
	if method == zip.Deflate {
		var err error
		if data, err = deflate(data); err != nil {
			return err
		}
	}
	h := &zip.FileHeader{
		Name: f.name, Method: method,
		ReaderVersion: format, CreatorVersion: unix | format, ExternalAttrs: (unixRegular | uint32(f.mode.Perm())) << 16,
		CRC32: crc32.ChecksumIEEE(f.content), UncompressedSize64: uint64(len(f.content)), CompressedSize64: uint64(len(data)),
	}
	//lint:ignore SA1019 Modified adds an extra field, and is not written here.
	h.ModifiedDate = firstDay
	body, err := w.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = body.Write(data)
	return err
}

func deflate(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
