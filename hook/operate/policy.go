package operate

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/keys"

	"github.com/fsxns3ap/guardhook/hook"
	"github.com/fsxns3ap/guardhook/internal/schema"
	"github.com/fsxns3ap/guardhook/rules"
)

// PublicKey verifies the signature of a bundle.
type PublicKey struct {
	PEM, ID, Algorithm string
}

// policySet is a policy set that has been loaded, and how it is stored: as files,
// or as a bundle.
type policySet struct {
	digest, revision string
	files            map[string][]byte // by path; nil for a bundle
	bundle           []byte            // nil for files
	key              *PublicKey        // of the bundle, nil if it is not signed
}

// options are those with which the hook loads policy sets.
func (o *Operator) options(name string, key *PublicKey) rules.Options {
	opts := rules.Options{KnownType: schema.Match, Now: o.now, Name: name}
	if key != nil {
		config := &keys.Config{Key: key.PEM, Algorithm: key.Algorithm}
		opts.Verification = bundle.NewVerificationConfig(map[string]*keys.Config{key.ID: config}, key.ID, "", nil)
	}
	return opts
}

// readPolicy reads a policy set in a folder or a bundle, and refuses one that the
// hook would not load.
func (o *Operator) readPolicy(name string, key *PublicKey) (*policySet, error) {
	stat, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("policy set: %w", err)
	}
	if stat.IsDir() {
		if key != nil {
			return nil, fmt.Errorf("policy set: %s is a folder, and only bundles have signatures", name)
		}
		return o.readFolder(name)
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("policy set: %w", err)
	}
	set, err := rules.LoadBundle(bytes.NewReader(src), o.options(name, key))
	if err != nil {
		return nil, err
	}
	return &policySet{digest: set.Digest(), revision: set.Revision(), bundle: src, key: key}, nil
}

// readFolder reads the files of a policy set. That they are those that the
// loader takes is checked by the digest.
func (o *Operator) readFolder(dir string) (*policySet, error) {
	set, err := rules.LoadDir(dir, o.options(dir, nil))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		base := entry.Name()
		switch {
		case entry.IsDir() && (strings.HasPrefix(base, ".") || base == "testdata"):
			return filepath.SkipDir
		case entry.IsDir(), !stored(base):
			return nil
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("policy set: %w", err)
	}
	again, err := rules.LoadFiles(dir, files, o.options(dir, nil))
	switch {
	case err != nil:
		return nil, err
	case again.Digest() != set.Digest():
		return nil, fmt.Errorf("policy set: %s changed while it was read", dir)
	}
	return &policySet{digest: set.Digest(), files: files}, nil
}

// stored tells whether a file, by its name, is one that the loader reads.
func stored(base string) bool {
	switch {
	case strings.HasPrefix(base, "."), strings.HasSuffix(base, "_test.rego"):
		return false
	}
	return slices.Contains([]string{".rego", ".guard", ".ruleset", ".json", ".yaml", ".yml"}, path.Ext(base))
}

// SigningKey signs bundles.
type SigningKey struct {
	// PEM is the text of the private key.
	PEM []byte
	// ID is what the hook knows the public key by.
	ID string
	// Algorithm is how it signs: ES, PS or RS with 256, 384 or 512.
	Algorithm string
}

// pack makes a bundle of the files of a policy set, signed if key is not nil. The
// order of files and their times are always the same.
func (p *policySet) pack(revision string, key *SigningKey) error {
	files := maps.Clone(p.files)
	manifest, err := json.Marshal(map[string]any{"revision": revision, "roots": []string{""}, "rego_version": 1})
	if err != nil {
		return err
	}
	files[".manifest"] = manifest
	if key != nil {
		if files[".signatures.json"], err = sign(files, key); err != nil {
			return fmt.Errorf("sign the bundle: %w", err)
		}
		if p.key, err = key.public(); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := writeArchive(&b, files); err != nil {
		return err
	}
	p.bundle, p.files, p.revision = b.Bytes(), nil, revision
	return nil
}

func writeArchive(b *bytes.Buffer, files map[string][]byte) error {
	zw, err := gzip.NewWriterLevel(b, gzip.BestCompression)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(zw)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if err := tw.WriteHeader(header); err != nil {
			return err
		}
		if _, err := tw.Write(files[name]); err != nil {
			return err
		}
	}
	return errors.Join(tw.Close(), zw.Close())
}

// sign returns the signatures document of a bundle, as OPA makes it.
func sign(files map[string][]byte, key *SigningKey) ([]byte, error) {
	hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		return nil, err
	}
	var infos []bundle.FileInfo
	for _, name := range slices.Sorted(maps.Keys(files)) {
		// OPA hashes the values of data documents, and the bytes of all others.
		var content any = files[name]
		if bundle.IsStructuredDoc(name) {
			if content, err = parseJSONObject(files[name]); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		sum, err := hasher.HashFile(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		infos = append(infos, bundle.NewFile(name, hex.EncodeToString(sum), bundle.SHA256.String()))
	}
	token, err := bundle.GenerateSignedToken(infos, bundle.NewSigningConfig(string(key.PEM), key.Algorithm, ""), key.ID)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"signatures": []string{token}})
}

// loadedPolicy is what the hook itself makes of its settings.
type loadedPolicy struct{ digest, revision string }

// load loads a policy set the way that the function does, by letting the hook
// judge a resource that needs no rule. properties are those of a private hook.
func (o *Operator) load(ctx context.Context, config hook.Config, properties map[string]any) (loadedPolicy, error) {
	var got loadedPolicy
	probe, err := json.Marshal(map[string]any{
		"clientRequestToken": "probe", "hookTypeName": "Guardhook::Probe::Hook", "hookModel": properties,
		"actionInvocationPoint": "CREATE_PRE_PROVISION", "requestContext": map[string]any{"invocation": 1},
		"requestData": map[string]any{
			"targetName": probeType, "targetType": "RESOURCE", "targetLogicalId": "Probe",
			"targetModel": map[string]any{"resourceProperties": map[string]any{}},
		},
	})
	if err != nil {
		return got, err
	}
	// This is no decision about anything.
	config.DecisionLog, config.Tracing = "", hook.TracingOff
	h := hook.New(hook.Options{
		Config: config, Region: o.region, Now: o.now,
		OpenStore: func(context.Context, *hook.Credentials) (hook.ObjectStore, error) { return o.s3, nil },
		Decided:   func(_ context.Context, d *hook.Decision) { got = loadedPolicy{d.Digest, d.Revision} },
	})
	r := h.Respond(ctx, probe)
	h.Wait()
	if got.digest == "" {
		return got, errors.New(r.Message)
	}
	return got, nil
}

// probeType is a resource type that has no properties to judge.
const probeType = "AWS::CloudFormation::WaitConditionHandle"
