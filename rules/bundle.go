package rules

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"
)

// Limits of a bundle.
const (
	maxBundleBytes = 16 << 20 // of all files together, unpacked
	maxBundleFiles = 10_000
)

const (
	signaturesFile = ".signatures.json"
	manifestFile   = ".manifest"
	dataFile       = "data.json"
	patchFile      = "patch.json"
)

// LoadBundle loads the policy set in an OPA bundle, a .tar.gz file. Beside
// rules, a bundle may hold parameters, in params.json or at "params" of a
// data.json, and a guardhook.yaml.
//
// With Options.Verification every file must be covered by a signature of the
// key that it names. Without it, a bundle that is signed is refused: its origin
// matters to whoever signed it, and would not be checked. Delta bundles,
// compiled modules and plans are always refused.
func LoadBundle(r io.Reader, opts Options) (*Set, error) {
	name := cmp.Or(opts.Name, "bundle")
	files, err := unpack(r)
	if err == nil {
		err = verify(files, opts.Verification)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range files {
		files[i].name = name + ":" + files[i].path
	}
	files, revision, err := plain(files)
	if err != nil {
		return nil, err
	}
	s, err := load(name, files, opts)
	if err != nil {
		return nil, err
	}
	s.revision = revision
	return s, nil
}

// unpack reads the archive. What tar can hold beyond plain files is refused.
func unpack(r io.Reader) ([]file, error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("no gzip file: %w", err)
	}
	limited := &io.LimitedReader{R: zr, N: maxBundleBytes + 1}
	tr := tar.NewReader(limited)
	var files []file
	seen := map[string]bool{}
	for {
		h, err := tr.Next()
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("larger than %d bytes", maxBundleBytes)
		case err == io.EOF:
			// The rest of the stream carries gzip's checksum.
			if _, err := io.Copy(io.Discard, limited); err != nil {
				return nil, fmt.Errorf("damaged: %w", err)
			}
			return files, nil
		case err != nil:
			return nil, fmt.Errorf("no tar archive: %w", err)
		}
		p := path.Clean("/" + h.Name)[1:]
		switch {
		case h.Typeflag == tar.TypeDir:
			continue
		case h.Typeflag != tar.TypeReg:
			return nil, fmt.Errorf("%s is no plain file", h.Name)
		case p == "" || slices.Contains(strings.Split(h.Name, "/"), ".."):
			return nil, fmt.Errorf("%q is no path inside the bundle", h.Name)
		case seen[p]:
			return nil, fmt.Errorf("%s is there twice", p)
		case len(files) == maxBundleFiles:
			return nil, fmt.Errorf("more than %d files", maxBundleFiles)
		case h.Size > maxFileBytes:
			return nil, fmt.Errorf("%s is larger than %d bytes", p, maxFileBytes)
		}
		seen[p] = true
		src, err := io.ReadAll(tr)
		switch {
		case err != nil && limited.N <= 0:
			return nil, fmt.Errorf("larger than %d bytes", maxBundleBytes)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		files = append(files, file{path: p, src: src})
	}
}

// verify checks the signature of a bundle with OPA's own verification.
func verify(files []file, v *bundle.VerificationConfig) error {
	i := slices.IndexFunc(files, func(f file) bool { return f.path == signaturesFile })
	if v == nil {
		if i >= 0 {
			return errors.New("the bundle is signed, and no verification key is configured")
		}
		return nil
	}
	switch {
	case v.KeyID == "":
		return errors.New("verification is configured without the id of a key")
	case !v.SignatureRequired():
		return errors.New("verification is configured with an optional signature")
	case len(v.Exclude) > 0:
		return errors.New("verification is configured with files that are excluded from it")
	case i < 0:
		return fmt.Errorf("the bundle is not signed: it has no %s", signaturesFile)
	}
	if _, err := v.GetPublicKey(v.KeyID); err != nil {
		return err
	}
	var signatures bundle.SignaturesConfig
	if err := json.Unmarshal(files[i].src, &signatures); err != nil {
		return fmt.Errorf("%s: %w", signaturesFile, err)
	}
	signed, err := bundle.VerifyBundleSignature(signatures, v)
	if err != nil {
		return err
	}
	for j, f := range files {
		if j == i {
			continue
		}
		if err := bundle.VerifyBundleFile(f.path, *bytes.NewBuffer(f.src), signed); err != nil {
			return err
		}
	}
	if len(signed) > 0 {
		return fmt.Errorf("signed files are not in the bundle: %s", list(keys(signed)))
	}
	return nil
}

// plain takes away what only bundles have: the signatures, the manifest, and
// data documents, which become a parameter file.
func plain(files []file) (out []file, revision string, err error) {
	var errs LoadErrors
	params := -1
	for _, f := range files {
		switch path.Base(f.path) {
		case signaturesFile:
			if f.path != signaturesFile {
				errs.add(f.name, 0, 0, "signatures belong at the root of the bundle")
			}
		case patchFile:
			errs.add(f.name, 0, 0, "delta bundles are not supported: they cannot be signed")
		case manifestFile:
			if f.path != manifestFile {
				errs.add(f.name, 0, 0, "the manifest belongs at the root of the bundle")
				continue
			}
			var m bundle.Manifest
			if err := json.Unmarshal(f.src, &m); err != nil {
				errs.add(f.name, 0, 0, "%s", err)
				continue
			}
			if m.RegoVersion != nil && *m.RegoVersion != 1 {
				errs.add(f.name, 0, 0, "rego_version is %d (want 1)", *m.RegoVersion)
			}
			revision = m.Revision
		case dataFile, paramsFile:
			src, ok := bundleParams(f, &errs)
			switch {
			case !ok:
			case params >= 0:
				errs.add(f.name, 0, 0, "parameters are in %s already", out[params].name)
			default:
				params = len(out)
				out = append(out, file{path: paramsFile, name: f.name, src: src})
			}
		default:
			out = append(out, f)
		}
	}
	return out, revision, errs.err()
}

// bundleParams returns the parameters that a data document of a bundle holds.
// ok is false if it holds none.
func bundleParams(f file, errs *LoadErrors) (src []byte, ok bool) {
	switch f.path {
	case paramsFile, "params/" + dataFile:
		return f.src, true
	case dataFile:
		if _, line, err := document(f.src); err != nil {
			errs.add(f.name, line, 0, "%s", err)
			return nil, false
		}
		var doc map[string]json.RawMessage
		if err := json.Unmarshal(f.src, &doc); err != nil {
			errs.add(f.name, 1, 0, "the data document is no object")
			return nil, false
		}
		for _, k := range keys(doc) {
			if k != "params" {
				errs.add(f.name, 0, 0, "data.%s would not be read: rules read data.params", k)
			}
		}
		return doc["params"], doc["params"] != nil
	}
	errs.add(f.name, 0, 0, "the data document would not be read: parameters are in %s", paramsFile)
	return nil, false
}
