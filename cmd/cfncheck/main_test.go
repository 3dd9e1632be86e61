package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"a", "b"}, {"--none", "a"}, {"--root", "no/such/folder", "cfn"}} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), &stdout, &stderr, args); code != 2 || stderr.Len() == 0 {
			t.Errorf("%v: %d: %s", args, code, stderr.String())
		}
	}
}

// program writes a shell script and returns its path.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRefused: what the CLI refuses is found, with what it says.
func TestRefused(t *testing.T) {
	t.Parallel()
	dist := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dist, "amd64"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dist, "amd64", "bootstrap"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cfn := program(t, "ls -a; echo refused; exit 3\n")
	code := run(context.Background(), &stdout, &stderr, []string{"--root", "../..", "--dist", dist, cfn})
	for _, want := range []string{"cfn validate: not as it should be", "refused", ".rpdk-config", "fsxns3ap-guard-hook.json", "inputs", "bin"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %s: %s", want, stderr.String())
		}
	}
	if code != 1 || stdout.Len() > 0 {
		t.Errorf("%d: %s", code, stdout.String())
	}
}

// archiveOf makes an archive of pairs of names and contents.
func archiveOf(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(f, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCompare(t *testing.T) {
	t.Parallel()
	handler, other := string(archiveOf(t, "bootstrap", "x")), string(archiveOf(t, "bootstrap", "y"))
	ours := []string{"schema.json", "{}", "handler.zip", handler, ".cfn_metadata.json", `{"cli-version":"1"}`}
	for name, c := range map[string]struct {
		theirs []string
		want   string // what the report, or the error, says
		equal  bool
	}{
		"sources":   {append([]string{"Makefile", "", "cmd/main.go", ""}, ours...), "3 entries are the same; sources that only the CLI's has: Makefile, cmd/main.go", true},
		"spaces":    {[]string{"schema.json", "{}", "handler.zip", handler, ".cfn_metadata.json", `{"cli-version": "1"}`}, "3 entries", true},
		"more":      {append([]string{"target-info.json", "{}"}, ours...), "only the CLI's package has target-info.json", false},
		"less":      {ours[:4], "only our package has .cfn_metadata.json", false},
		"schema":    {append([]string{"schema.json", "{ }"}, ours[2:]...), "schema.json differs from the CLI's", false},
		"program":   {append([]string{"handler.zip", other}, append(ours[:2:2], ours[4:]...)...), "handler.zip holds other files", false},
		"version":   {append(ours[:5:5], `{"cli-version":"2"}`), `.cfn_metadata.json is {"cli-version":"1"}, and the CLI's is {"cli-version":"2"}`, false},
		"no schema": {append(ours[2:6:6], "Makefile", ""), "only our package has schema.json", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, err := compare(archiveOf(t, ours...), archiveOf(t, c.theirs...))
			if (err == nil) != c.equal {
				t.Fatal(err)
			}
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, c.want) {
				t.Error(said)
			}
		})
	}
}

func TestPassedTests(t *testing.T) {
	t.Parallel()
	const out = `hook/handler_pre_create.py::contract_pre_create_success PASSED [ 10%]
hook/handler_pre_create.py::contract_pre_create_failed FAILED [ 20%]
hook/handler_pre_create.py::contract_pre_create_failed_unsupported_target SKIPPED [ 30%]
resource/handler_misc.py::contract_check_asserts_work PASSED [100%]
`
	if got := strings.Join(passedTests(out), " "); got != "contract_pre_create_success" {
		t.Error(got)
	}
}

// standInFor returns a stand-in for the time of a test.
func standInFor(t *testing.T, bootstrap string) *standIn {
	t.Helper()
	s, err := newStandIn(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func body(t *testing.T, response *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

const functionPath = "/2015-03-31/functions/TypeFunction/invocations"

// TestInvoke: the event is the argument of the binary, and the response is what
// stands between its marks.
func TestInvoke(t *testing.T) {
	t.Parallel()
	s := standInFor(t, program(t, `echo noise; echo __CFN_HOOK_START_RESPONSE__; echo "$1"; echo __CFN_HOOK_END_RESPONSE__; env`))
	response, err := http.Post(s.url+functionPath, "", strings.NewReader(`{"a": "b c"}`))
	if code, text := body(t, response, err); code != http.StatusOK || strings.TrimSpace(text) != `{"a": "b c"}` {
		t.Errorf("%d %s", code, text)
	}
	if err := s.failure(); err != nil {
		t.Error(err)
	}
	for _, broken := range []string{"exit 1", "echo nothing"} {
		s := standInFor(t, program(t, broken))
		response, err := http.Post(s.url+functionPath, "", strings.NewReader(`{}`))
		if code, _ := body(t, response, err); code != http.StatusInternalServerError || s.failure() == nil {
			t.Errorf("%s: %d, %v", broken, code, s.failure())
		}
	}
}

// TestQuery: STS answers by HTTPS with a certificate that the bundle vouches for.
func TestQuery(t *testing.T) {
	t.Parallel()
	s := standInFor(t, "none")
	home := t.TempDir()
	env, err := s.prepare(home)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := os.ReadFile(filepath.Join(home, "authority.pem"))
	if err != nil || !strings.Contains(strings.Join(env, " "), "AWS_CA_BUNDLE="+filepath.Join(home, "authority.pem")) {
		t.Fatalf("%v, %v", env, err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	for _, c := range []struct {
		url  string
		form url.Values
		code int
		want string
	}{
		{"https://" + s.sts, url.Values{"Action": {"GetCallerIdentity"}}, 200, "<Account>111122223333</Account>"},
		{s.url, url.Values{"Action": {"ListTypes"}, "Visibility": {"PUBLIC"}}, 200, "<TypeName>AWS::S3::Bucket</TypeName>"},
		{s.url, url.Values{"Action": {"ListTypes"}, "Visibility": {"PRIVATE"}}, 200, "<TypeSummaries></TypeSummaries>"},
		{s.url, url.Values{"Action": {"DescribeType"}, "TypeName": {"AWS::SNS::Topic"}}, 200, `{"typeName":"AWS::SNS::Topic"}`},
		{s.url, url.Values{"Action": {"DescribeType"}, "TypeName": {"AWS::No::Type"}}, 500, "no type AWS::No::Type"},
		{s.url, url.Values{"Action": {"RegisterType"}}, 500, "RegisterType"},
	} {
		response, err := client.PostForm(c.url, c.form)
		if code, text := body(t, response, err); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%v: %d %s", c.form, code, text)
		}
	}
}
