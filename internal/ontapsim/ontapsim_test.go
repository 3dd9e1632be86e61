package ontapsim_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fsxns3ap/guardhook/internal/ontapsim"
)

// get asks for a path with the credentials of a secret.
func get(t *testing.T, s *ontapsim.Server, method, path, secret string) (int, string, http.Header) {
	t.Helper()
	var who struct{ Username, Password, CA string }
	if err := json.Unmarshal([]byte(secret), &who); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(who.CA))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.Host()+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(who.Username, who.Password)
	response, err := client.Do(r)
	if err != nil {
		return 0, err.Error(), nil
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response.Header
}

func TestServer(t *testing.T) {
	t.Parallel()
	s := ontapsim.New(t, 1)
	s.Add("svm/svms", ontapsim.Record{"uuid": "1"}, ontapsim.Record{"uuid": "2"})
	old := s.Secret()
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/api/svm/svms?fields=name", 200, `{"_links":{"next":{"href":"/api/svm/svms?fields=name\u0026start.index=1"}},"num_records":1,"records":[{"uuid":"1"}]}`},
		{"GET", "/api/svm/svms?start.index=1", 200, `{"_links":{},"num_records":1,"records":[{"uuid":"2"}]}`},
		{"GET", "/api/svm/svms/2", 200, `{"uuid":"2"}`},
		{"GET", "/api/svm/svms/3", 404, `{"error":{"code":"4","message":"entry doesn't exist"}}`},
		{"GET", "/api/none", 404, `{"error":{"code":"4","message":"entry doesn't exist"}}`},
		{"POST", "/api/svm/svms", 202, `{"job":{"uuid":"job"}}`},
	} {
		if status, body, _ := get(t, s, c.method, c.path, old); status != c.status || body != c.body {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	if got := s.Requests(); len(got) != 6 || got[5] != (ontapsim.Request{Method: "POST", Path: "/api/svm/svms", Body: "{}"}) || len(s.Requests()) > 0 {
		t.Errorf("%+v", got)
	}
	s.Fail(ontapsim.Fault{Status: 503, RetryAfter: 7}, ontapsim.Fault{Status: 200, Body: "text"}, ontapsim.Fault{Break: true})
	if status, body, header := get(t, s, "GET", "/api/svm/svms", old); status != 503 || !strings.Contains(body, `"injected"`) || header.Get("Retry-After") != "7" {
		t.Error(status, body, header)
	}
	if status, body, _ := get(t, s, "GET", "/api/svm/svms", old); status != 200 || body != "text" {
		t.Error(status, body)
	}
	if status, body, _ := get(t, s, "GET", "/api/svm/svms", old); status != 0 {
		t.Error(status, body)
	}
	s.Next("/elsewhere")
	if _, body, _ := get(t, s, "GET", "/api/svm/svms", old); !strings.Contains(body, `"/elsewhere"`) {
		t.Error(body)
	}
	s.SetPassword("another")
	if status, _, _ := get(t, s, "GET", "/api/svm/svms", old); status != 401 {
		t.Error(status)
	}
	if status, _, _ := get(t, s, "GET", "/api/svm/svms", s.Secret()); status != 200 {
		t.Error(status)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	s := ontapsim.New(t, 1)
	s.Add("storage/volumes", ontapsim.Record{"uuid": "v"})
	s.AddVolume(ontapsim.Volume{SVM: "s", UUID: "v", Junction: "/legal", File: func(path string) (ontapsim.File, bool) {
		broken := &ontapsim.Fault{Status: 500}
		f, ok := map[string]ontapsim.File{
			"":        {Security: ontapsim.Record{"owner": "root"}},
			"a b/c.x": {Security: ontapsim.Record{"owner": "o"}, Times: ontapsim.Record{"name": "c.x"}},
			"bad":     {SecurityFault: broken, TimesFault: broken},
		}[path]
		return f, ok
	}})
	const security, files = "/api/protocols/file-security/permissions/s/", "/api/storage/volumes/v/files/"
	for path, want := range map[string]string{
		security + "%2Flegal":                        `{"owner":"root"}`,
		security + "%2Flegal%2Fa%20b%2Fc%2Ex":        `{"owner":"o"}`,
		security + "%2Flegal%2Fnone":                 `{"error":{"code":"655865","message":"no such file or directory"}}`,
		security + "%2Flegal%2Fbad":                  `{"error":{"code":"1","message":"injected"}}`,
		security + "%2Flegal%2Fc.x":                  `{"error":{"code":"262186","message":"the path is not escaped: ` + security + `%2Flegal%2Fc.x"}}`,
		security + "%2Flegally":                      `{"error":{"code":"4","message":"entry doesn't exist"}}`,
		files + "a%20b%2Fc%2Ex?return_metadata=true": `{"num_records":1,"records":[{"name":"c.x"}]}`,
		files + "a%20b%2Fc%2Ex":                      `{"error":{"code":"262145","message":"only files with return_metadata are known"}}`,
		files + "none?return_metadata=true":          `{"error":{"code":"4","message":"entry doesn't exist"}}`,
		files + "bad?return_metadata=true":           `{"error":{"code":"1","message":"injected"}}`,
		files + "a/b?return_metadata=true":           `{"error":{"code":"262186","message":"the path is not escaped: ` + files + `a/b"}}`,
		"/api/storage/volumes/v":                     `{"uuid":"v"}`,
	} {
		if _, body, _ := get(t, s, "GET", path, s.Secret()); body != want {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
	}
}
