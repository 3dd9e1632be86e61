package report

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// relative is a file's name as code hosts want it: slashes, and no "./" before
// it.
func relative(file string) string { return path.Clean(filepath.ToSlash(file)) }

// uri is a file's name as a relative reference, or a file URI where the name is
// absolute.
func uri(file string) string {
	u := url.URL{Path: relative(file)}
	if path.IsAbs(u.Path) || filepath.IsAbs(file) {
		// A drive has no slash before it in a name, and one in a URI.
		u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(u.Path, "/")
	}
	return u.String()
}

// fingerprints tell findings apart over all files. Those of a rule, resource and
// path that are there twice get a number, so that one of them keeps its own when
// the other is mended.
func (r *Report) fingerprints() map[*Finding]string {
	out := map[*Finding]string{}
	for _, t := range r.Templates {
		seen := map[string]int{}
		for _, f := range t.Findings {
			seen[f.ID]++
			parts := []string{relative(t.File), f.ID, strconv.Itoa(seen[f.ID])}
			if f.Stack.Path != "" {
				parts = append(parts, relative(f.Stack.Root))
			}
			out[f] = fingerprint(parts...)
		}
	}
	return out
}

// fingerprint hashes parts to 32 hex digits.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
