package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsxns3ap/guardhook/hook"
)

// types are the resource types that exist for the contract tests. Each needs its
// valid and invalid models in inputs.
func types() []string { return []string{"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"} }

// standIn answers what the contract tests ask of AWS: who calls (STS), which
// resource types there are (CloudFormation), and what the function says (Lambda),
// which is the hook's binary in executable mode.
type standIn struct {
	// url is for Lambda and CloudFormation. The CLI calls STS by HTTPS only.
	url       string
	sts       string
	authority []byte
	bootstrap string
	servers   []*http.Server

	mu  sync.Mutex
	err error
}

func newStandIn(bootstrap string) (*standIn, error) {
	s := &standIn{bootstrap: bootstrap}
	certificate, authority, err := selfSigned()
	if err != nil {
		return nil, err
	}
	s.authority = authority
	var address string
	if address, err = s.serve(nil); err == nil {
		s.url = "http://" + address
		s.sts, err = s.serve(&tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// serve starts a server and returns its address.
func (s *standIn) serve(config *tls.Config) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := listener.Addr().String()
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.fail(err)
		}
	}()
	return address, nil
}

func (s *standIn) close() {
	for _, server := range s.servers {
		_ = server.Close()
	}
}

// prepare writes what leads the CLI here into its home and returns the variables
// for its environment. The address of STS is not an option of the CLI: it comes
// from botocore's list of endpoints, of which the home may have another one.
func (s *standIn) prepare(home string) ([]string, error) {
	models := filepath.Join(home, ".aws", "models")
	if err := os.MkdirAll(models, 0o755); err != nil {
		return nil, err
	}
	type object = map[string]any
	endpoints, err := json.Marshal(object{"version": 3, "partitions": []object{{
		"partition": "aws", "dnsSuffix": "invalid", "regionRegex": "^" + region + "$",
		"regions":  object{region: object{}},
		"defaults": object{"hostname": "{service}.{dnsSuffix}", "protocols": []string{"https"}, "signatureVersions": []string{"v4"}},
		"services": object{
			"sts": object{"endpoints": object{region: object{"hostname": s.sts}}},
			// The CLI makes a client for S3, and does not call it.
			"s3": object{"partitionEndpoint": region, "endpoints": object{}},
		},
	}}})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(models, "endpoints.json"), endpoints, 0o644); err != nil {
		return nil, err
	}
	authority := filepath.Join(home, "authority.pem")
	if err := os.WriteFile(authority, s.authority, 0o644); err != nil {
		return nil, err
	}
	return []string{
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "AWS_SESSION_TOKEN=example",
		"AWS_CA_BUNDLE=" + authority,
	}, nil
}

// ServeHTTP answers a call.
func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var answer []byte
	var err error
	if strings.HasPrefix(r.URL.Path, "/2015-03-31/functions/") {
		answer, err = s.invoke(r.Context(), r.Body)
	} else {
		answer, err = query(r)
	}
	if err != nil {
		s.fail(err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(answer)
}

// invoke runs the binary with the event and returns its response.
func (s *standIn) invoke(ctx context.Context, body io.Reader) ([]byte, error) {
	event, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, s.bootstrap, string(event))
	cmd.Env = []string{"AWS_REGION=" + region}
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.bootstrap, err)
	}
	_, rest, _ := strings.Cut(string(out), hook.ResponseStart)
	response, _, ok := strings.Cut(rest, hook.ResponseEnd)
	if !ok {
		return nil, fmt.Errorf("%s: no response in its output", s.bootstrap)
	}
	return []byte(response), nil
}

// query answers a call in AWS's query protocol.
func query(r *http.Request) ([]byte, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	result := ""
	switch action := r.PostForm.Get("Action"); action {
	case "GetCallerIdentity":
		result = "<Account>111122223333</Account>"
	case "ListTypes":
		if r.PostForm.Get("Visibility") == "PUBLIC" {
			for _, name := range types() {
				result += "<member><TypeName>" + name + "</TypeName></member>"
			}
		}
		result = "<TypeSummaries>" + result + "</TypeSummaries>"
	case "DescribeType":
		name := r.PostForm.Get("TypeName")
		if !slices.Contains(types(), name) {
			return nil, fmt.Errorf("DescribeType: no type %s", name)
		}
		result = "<TypeName>" + name + `</TypeName><Schema>{"typeName":"` + name + `"}</Schema>`
	default:
		return nil, fmt.Errorf("the CLI calls %q, which has no answer here", action)
	}
	action := r.PostForm.Get("Action")
	return fmt.Appendf(nil, "<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", action, result), nil
}

func (s *standIn) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

// failure returns what went wrong here, or nil.
func (s *standIn) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// selfSigned makes a certificate for this machine, and its PEM form to trust it by.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	now := time.Now()
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
