package report

import (
	"testing"

	"github.com/fsxns3ap/guardhook/validate"
)

// TestFingerprintsStay holds that fingerprints do not change when lines move, and
// that two files have none in common.
func TestFingerprintsStay(t *testing.T) {
	t.Parallel()
	r := reportOf(t, "none")
	v := validate.New(r.set, validate.Options{})
	bucket := "Resources: {Bucket: {Type: AWS::S3::Bucket}}\n"
	record(t, r, v, "a.yaml", []byte(bucket))
	record(t, r, v, "./a.yaml", []byte("# moved\n\n"+bucket))
	record(t, r, v, "b.yaml", []byte(bucket))
	prints := r.fingerprints()
	var got []string
	for _, tmpl := range r.Templates {
		for _, f := range tmpl.Findings {
			got = append(got, prints[f])
		}
	}
	if len(got) != 3 || got[0] != got[1] || got[0] == got[2] {
		t.Errorf("got %q", got)
	}
}

func TestURI(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"./a/../b.yaml":  "b.yaml",
		"a b/ü%.yaml":    "a%20b/%C3%BC%25.yaml",
		"x:y.yaml":       "./x:y.yaml",
		"/data/a|b.yaml": "file:///data/a%7Cb.yaml",
		"../up/one.yaml": "../up/one.yaml",
	} {
		if got := uri(file); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
}
