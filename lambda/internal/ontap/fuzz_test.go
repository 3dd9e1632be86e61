package ontap_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/ontap"
)

// FuzzList answers with any text in place of a page: there are its records, or an
// error of a kind, and nobody else is asked.
func FuzzList(f *testing.F) {
	for _, body := range []string{
		`{"records": [{"uuid": "1", "name": "a"}], "num_records": 1}`,
		`{"records": [{"name": "a"}], "_links": {"next": {"href": "/api/storage/volumes?start.uuid=1"}}}`,
		`{"_links": {"next": {"href": "https://elsewhere/api/storage/volumes"}}}`,
		`{"_links": {"next": {"href": "/api/../secrets"}}}`,
		`{"records": null}`, `{"records": [null]}`, `{"records": {}}`, `{"error": {"code": "4"}}`, `[]`, `null`, ``, `{`, "\x00",
	} {
		f.Add(body)
	}
	s := ontapsim.New(f, 2)
	s.Add("storage/volumes", ontapsim.Record{"uuid": "1", "name": "a"})
	c, _ := client(s)
	f.Fuzz(func(t *testing.T, body string) {
		s.Fail(ontapsim.Fault{Status: 200, Body: body + " "})
		n := 0
		for _, err := range ontap.List[volume](t.Context(), c, url.Values{"fields": {"name,uuid"}}, "storage", "volumes") {
			if err != nil && failure.Of(err) == failure.Internal {
				t.Errorf("%q: the error has no kind: %v", body, err)
			}
			n++
		}
		requests := s.Requests()
		if len(requests) > 2 {
			t.Errorf("%q: %d requests", body, len(requests))
		}
		for _, r := range requests {
			if !strings.HasPrefix(r.Path, "/api/") || strings.Contains(r.Path, "..") {
				t.Errorf("%q: %s was asked for", body, r.Path)
			}
		}
	})
}
