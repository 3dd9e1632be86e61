package rules

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
)

const key = "a key of at least thirty-two bytes"

func verification() *bundle.VerificationConfig {
	return bundle.NewVerificationConfig(map[string]*bundle.KeyConfig{
		"release": {Key: key, Algorithm: "HS256"},
		"other":   {Key: strings.ToUpper(key), Algorithm: "HS256"},
	}, "release", "", nil)
}

// content is a bundle's files.
type content map[string]string

func smallContent(t *testing.T) content {
	t.Helper()
	c := content{".manifest": `{"revision": "r1", "roots": ["guardhook", "params"], "rego_version": 1}`}
	err := fs.WalkDir(os.DirFS("testdata/sets/small"), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := os.ReadFile(filepath.Join("testdata/sets/small", p))
		c[p] = string(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sign adds a signature over all files.
func (c content) sign(t *testing.T, key string) content {
	t.Helper()
	hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	var files []bundle.FileInfo
	for _, name := range keys(c) {
		var value any = []byte(c[name])
		if bundle.IsStructuredDoc(name) {
			if err := util.Unmarshal([]byte(c[name]), &value); err != nil {
				t.Fatal(err)
			}
		}
		sum, err := hasher.HashFile(value)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, bundle.NewFile(name, hex.EncodeToString(sum), bundle.SHA256.String()))
	}
	token, err := bundle.GenerateSignedToken(files, bundle.NewSigningConfig(key, "HS256", ""), "release")
	if err != nil {
		t.Fatal(err)
	}
	out := content{signaturesFile: marshal(t, bundle.SignaturesConfig{Signatures: []string{token}})}
	for name, text := range c {
		out[name] = text
	}
	return out
}

func (c content) with(name, text string) content {
	out := content{name: text}
	for n, text := range c {
		if n != name {
			out[n] = text
		}
	}
	return out
}

func (c content) without(name string) content {
	out := c.with(name, "")
	delete(out, name)
	return out
}

func (c content) pack(t *testing.T, more ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	var headers []tar.Header
	for _, name := range keys(c) {
		headers = append(headers, tar.Header{Name: "/" + name, Mode: 0o600, Size: int64(len(c[name])), Typeflag: tar.TypeReg})
	}
	for _, h := range append(headers, more...) {
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size == 0 {
			continue
		}
		text, ok := c[strings.TrimPrefix(h.Name, "/")]
		if !ok {
			text = strings.Repeat("#", int(h.Size))
		}
		if _, err := tw.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBundle(t *testing.T) {
	t.Parallel()
	want := small(t, nil)
	base := smallContent(t)
	params := base["params.json"]
	for name, c := range map[string]struct {
		files        content
		verification *bundle.VerificationConfig
	}{
		"plain":           {base, nil},
		"signed":          {base.sign(t, key), verification()},
		"no manifest":     {base.without(".manifest"), nil},
		"data document":   {base.without("params.json").with("data.json", `{"params": `+params+`}`), nil},
		"params document": {base.without("params.json").with("params/data.json", params), nil},
		"with a test":     {base.with("storage/delete_test.rego", "package x"), nil},
	} {
		s, err := LoadBundle(bytes.NewReader(c.files.pack(t)), Options{Verification: c.verification})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Digest() != want.Digest() {
			t.Errorf("%s: the digest is not that of the folder", name)
		}
		if revision := s.Revision(); (revision == "r1") != (c.files[".manifest"] != "") {
			t.Errorf("%s: revision %q", name, revision)
		}
	}
}

func TestBundleRefused(t *testing.T) {
	t.Parallel()
	base := smallContent(t)
	signed := base.sign(t, key)
	with := func(change func(*bundle.VerificationConfig)) *bundle.VerificationConfig {
		v := verification()
		change(v)
		return v
	}
	old := base.with("storage/lifecycle.rego", strings.Replace(base["storage/lifecycle.rego"], "LOW", "HIGH", 1)).sign(t, key)
	damaged := base.pack(t)
	damaged[len(damaged)-5] ^= 0xff
	for name, c := range map[string]struct {
		bundle       []byte
		verification *bundle.VerificationConfig
		want         string
	}{
		"no gzip":                   {[]byte("version: 1"), nil, "no gzip file"},
		"no tar":                    {zipped(t, strings.Repeat("x", 1000)), nil, "no tar archive"},
		"damaged":                   {damaged, nil, "damaged"},
		"cut off":                   {base.pack(t)[:400], nil, "unexpected EOF"},
		"empty":                     {content{}.pack(t), nil, "no rules"},
		"unsigned":                  {base.pack(t), verification(), "not signed"},
		"signature stripped":        {signed.without(signaturesFile).pack(t), verification(), "not signed"},
		"stripped, empty key id":    {signed.without(signaturesFile).pack(t), with(func(v *bundle.VerificationConfig) { v.KeyID = "" }), "without the id of a key"},
		"empty key id":              {signed.pack(t), with(func(v *bundle.VerificationConfig) { v.KeyID = "" }), "without the id of a key"},
		"no keys":                   {signed.pack(t), &bundle.VerificationConfig{}, "without the id of a key"},
		"unknown key id":            {signed.pack(t), with(func(v *bundle.VerificationConfig) { v.KeyID = "x" }), "ID x not found"},
		"optional signature":        {base.pack(t), with(func(v *bundle.VerificationConfig) { v.WithOptionalSignature() }), "optional signature"},
		"excluded files":            {signed.pack(t), with(func(v *bundle.VerificationConfig) { v.Exclude = []string{"*.rego"} }), "excluded"},
		"another key":               {signed.pack(t), with(func(v *bundle.VerificationConfig) { v.KeyID = "other" }), "verify"},
		"signed with another key":   {base.sign(t, strings.ToUpper(key)).pack(t), verification(), "verify"},
		"another scope":             {signed.pack(t), with(func(v *bundle.VerificationConfig) { v.Scope = "write" }), "scope mismatch"},
		"signed, no key configured": {signed.pack(t), nil, "no verification key is configured"},
		"no signature inside":       {signed.with(signaturesFile, `{"signatures": []}`).pack(t), verification(), "missing JWT"},
		"signatures not JSON":       {signed.with(signaturesFile, `{`).pack(t), verification(), signaturesFile},
		"unknown verifier":          {signed.with(signaturesFile, strings.Replace(signed[signaturesFile], "{", `{"plugin": "mine", `, 1)).pack(t), verification(), "no verifier"},
		"signature of an old one":   {signed.with(signaturesFile, old[signaturesFile]).pack(t), verification(), "digest mismatch"},
		"rule changed":              {signed.with("storage/lifecycle.rego", "package x").pack(t), verification(), "lifecycle.rego: digest mismatch"},
		"rule removed":              {signed.without("storage/lifecycle.rego").pack(t), verification(), "not in the bundle: storage/lifecycle.rego"},
		"rule added":                {signed.with("storage/more.rego", "package x").pack(t), verification(), "storage/more.rego not included"},
		"parameters changed":        {signed.with("params.json", `{"storage": {"max_days": 9999}}`).pack(t), verification(), "params.json: digest mismatch"},
		"configuration added":       {signed.with(ConfigFile, "version: 1\nlevels: [{level: off}]\n").pack(t), verification(), "not included"},
		"parameters twice":          {base.with("data.json", `{"params": {}}`).pack(t), nil, "parameters are in bundle:data.json already"},
		"parameter key twice":       {base.without("params.json").with("data.json", `{"params": {"a": {}}, "params": {}}`).pack(t), nil, "data.json:1: duplicate key"},
		"other data":                {base.with("data.json", `{"users": {}}`).pack(t), nil, "data.users would not be read"},
		"data no object":            {base.with("data.json", `[]`).pack(t), nil, "no object"},
		"data in a folder":          {base.with("storage/data.json", `{}`).pack(t), nil, "storage/data.json: the data document would not be read"},
		"data in YAML":              {base.with("data.yaml", `{}`).pack(t), nil, "would not be read"},
		"delta":                     {content{"patch.json": `{"data": []}`}.pack(t), nil, "delta bundles are not supported"},
		"signed delta":              {content{"patch.json": `{"data": []}`}.sign(t, key).pack(t), verification(), "delta bundles are not supported"},
		"delta, opt-out":            {content{"patch.json": `{"data": []}`}.pack(t), with(func(v *bundle.VerificationConfig) { v.AllowUnsignedDeltaBundles = true }), "not signed"},
		"compiled":                  {base.with("policy.wasm", "x").pack(t), nil, "policy.wasm:1: the file would not be read"},
		"plan":                      {base.with("plan.json", "{}").pack(t), nil, "plan.json:1: the file would not be read"},
		"old Rego":                  {base.with(".manifest", `{"rego_version": 0}`).pack(t), nil, "rego_version is 0"},
		"manifest not JSON":         {base.with(".manifest", `{`).pack(t), nil, ".manifest"},
		"manifest in a folder":      {base.with("storage/.manifest", `{}`).pack(t), nil, "root of the bundle"},
		"signatures in a folder":    {base.with("storage/"+signaturesFile, `{}`).pack(t), nil, "root of the bundle"},
		"file twice":                {base.pack(t, tar.Header{Name: "params.json", Size: int64(len(base["params.json"])), Typeflag: tar.TypeReg}), nil, "params.json is there twice"},
		"file twice, other form":    {base.pack(t, tar.Header{Name: "./storage//../params.json", Typeflag: tar.TypeReg}), nil, "no path inside"},
		"link":                      {base.pack(t, tar.Header{Name: "x.rego", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}), nil, "x.rego is no plain file"},
		"path outside":              {base.pack(t, tar.Header{Name: "../x.rego", Typeflag: tar.TypeReg}), nil, "no path inside"},
		"file too large":            {base.pack(t, tar.Header{Name: "x.md", Size: maxFileBytes + 1, Typeflag: tar.TypeReg}), nil, "x.md is larger than"},
		"broken rule":               {base.with("storage/lifecycle.rego", "package guardhook.storage.lifecycle").pack(t), nil, "bundle:storage/lifecycle.rego:1:1: the rule does not define deny"},
		"guard rules":               {base.with("x.guard", "rule x {}").pack(t), nil, "bundle:x.guard:1:9: expected a clause"},
	} {
		s, err := LoadBundle(bytes.NewReader(c.bundle), Options{Verification: c.verification})
		if err == nil || s != nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "bundle") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	if _, err := zw.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBundleLimits(t *testing.T) {
	t.Parallel()
	base := smallContent(t)
	if _, err := LoadBundle(bytes.NewReader(base.with("x.md", strings.Repeat("x", maxFileBytes)).pack(t)), Options{}); err != nil {
		t.Errorf("a file at the limit: %v", err)
	}
	var many []tar.Header
	for i := range maxBundleFiles - len(base) {
		many = append(many, tar.Header{Name: "docs/" + itoa(i) + ".md", Typeflag: tar.TypeReg})
	}
	if _, err := LoadBundle(bytes.NewReader(base.pack(t, many...)), Options{}); err != nil {
		t.Errorf("files at the limit: %v", err)
	}
	many = append(many, tar.Header{Name: "docs/more.md", Typeflag: tar.TypeReg})
	if _, err := LoadBundle(bytes.NewReader(base.pack(t, many...)), Options{}); err == nil || !strings.Contains(err.Error(), "more than 10000 files") {
		t.Errorf("files past the limit: %v", err)
	}
	var large []tar.Header
	for i := range maxBundleBytes / maxFileBytes {
		large = append(large, tar.Header{Name: itoa(i) + ".md", Size: maxFileBytes, Typeflag: tar.TypeReg})
	}
	if _, err := LoadBundle(bytes.NewReader(base.pack(t, large...)), Options{}); err == nil || !strings.Contains(err.Error(), "larger than 16777216 bytes") {
		t.Errorf("bytes past the limit: %v", err)
	}
}

func FuzzLoadBundle(f *testing.F) {
	f.Add(".manifest", `{"revision": "r"}`, "acme/rule.rego", ruleHead+`deny contains {"path": [], "message": "m"}`)
	f.Add("params.json", `{"a": {}}`, "data.json", `{"params": {}}`)
	f.Add("guardhook.yaml", "version: 1", "x.guard", "")
	f.Fuzz(func(t *testing.T, name1, text1, name2, text2 string) {
		// Names that no archive can have.
		for _, name := range []string{name1, name2} {
			if tar.NewWriter(io.Discard).WriteHeader(&tar.Header{Name: "/" + name, Typeflag: tar.TypeReg}) != nil {
				return
			}
		}
		if len(name1) > 90 || len(name2) > 90 || strings.ContainsRune(name1+name2, 0) || name1 == name2 {
			return
		}
		s, err := LoadBundle(bytes.NewReader(content{name1: text1, name2: text2}.pack(t)), Options{})
		if (s == nil) == (err == nil) {
			t.Fatal(s, err)
		}
	})
}
