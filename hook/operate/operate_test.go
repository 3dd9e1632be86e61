package operate

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/fsxns3ap/guardhook/internal/stacks"
	"github.com/fsxns3ap/guardhook/rules"
)

const policyDir = "../testdata/policy"

// dry returns an Operator that calls nothing.
func dry(calls io.Writer) *Operator {
	return New(Options{AWS: DryRun(calls, "eu-west-1", Assume{}), Progress: io.Discard})
}

func TestWaveGroups(t *testing.T) {
	t.Parallel()
	there := map[string]bool{"a r1": true, "a r2": false, "b r1": true, "b r2": true}
	tests := []struct {
		name             string
		stale            bool
		outdated, absent []target
	}{
		{"current", false, []target{{[]string{"a"}, []string{"r2"}}}, []target{{[]string{"c", "d"}, []string{"r1", "r2"}}}},
		{"stale", true, []target{{[]string{"a", "b"}, []string{"r1", "r2"}}}, []target{{[]string{"c", "d"}, []string{"r1", "r2"}}}},
	}
	for _, tt := range tests {
		s := &stackSet{r: Rollout{Regions: []string{"r1", "r2"}}, stale: tt.stale}
		outdated, absent := s.group([]string{"a", "b", "c", "d"}, there)
		if !reflect.DeepEqual(outdated, tt.outdated) || !reflect.DeepEqual(absent, tt.absent) {
			t.Errorf("%s: update %v, create %v", tt.name, outdated, absent)
		}
	}
}

func TestTypeConfigurationKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	c, err := parseTypeConfiguration(`{"Other": 1, "CloudFormationConfiguration": {"HookConfiguration": {"FailureMode": "FAIL", "Later": [12345678901234567890], "Properties": {"a": 1, "b": 2}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := overlayOf([]byte(`{"b": 3}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := setUp(c, overlay, ""); err != nil {
		t.Fatal(err)
	}
	got, err := c.text()
	const want = `{"CloudFormationConfiguration":{"HookConfiguration":{"FailureMode":"FAIL","HookInvocationStatus":"ENABLED","Later":[12345678901234567890],` +
		`"Properties":{"a":1,"b":3},"TargetOperations":["RESOURCE","STACK","CHANGE_SET","CLOUD_CONTROL"]}},"Other":1}`
	if got != want || err != nil {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	for _, bad := range []string{`{`, `[]`, `{"CloudFormationConfiguration": 1}`} {
		if _, err := parseTypeConfiguration(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestTypeARN(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:cloudformation:eu-west-1:111122223333:type/hook/Acme-Policy-Hook"
	for _, in := range []string{arn, arn + "/00000012"} {
		if got := withoutVersion(in); got != arn {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestTargetType(t *testing.T) {
	t.Parallel()
	tests := map[string]types.ListHookResultsTargetType{
		"arn:aws:cloudformation:eu-west-1:111122223333:changeSet/c/1": types.ListHookResultsTargetTypeChangeSet,
		"6d5f1c2e-0000-4000-8000-000000000000":                        types.ListHookResultsTargetTypeCloudControl,
	}
	for id, want := range tests {
		if got := targetTypeOf(id); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]location{
		"s3://b/":            {"b", ""},
		"s3://b/p/":          {"b", "p/"},
		"s3://b/p/set.tgz":   {"b", "p/set.tgz"},
		"s3://b/set.tar.gz":  {"b", "set.tar.gz"},
		"https://b/p/":       {},
		"s3://b/set":         {},
		"s3:///p/":           {},
		"s3://b/p/?x=1":      {},
		"s3://user@b/p/":     {},
		"s3://b/set.tar.gz#": {"b", "set.tar.gz"},
	} {
		got, err := parseLocation(text)
		if got != want || (err == nil) != (want != location{}) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestSignedBundle(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)})
	o := dry(io.Discard)
	set, err := o.readFolder(policyDir)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.pack("7", &SigningKey{PEM: text, ID: "k1", Algorithm: "RS256"}); err != nil {
		t.Fatal(err)
	}
	got, err := rules.LoadBundle(bytes.NewReader(set.bundle), o.options("set", set.key))
	if err != nil || got.Digest() != set.digest || got.Revision() != "7" {
		t.Fatalf("%v, %v", got, err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(other)})
	stranger, err := (&SigningKey{PEM: text, ID: "k1", Algorithm: "RS256"}).public()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.LoadBundle(bytes.NewReader(set.bundle), o.options("set", stranger)); err == nil {
		t.Error("the bundle is accepted with another key")
	}
}

func TestSigningKeyIsRefused(t *testing.T) {
	t.Parallel()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no PEM":     "secret",
		"no key":     "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
		"other type": "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n",
	} {
		_, err := (&SigningKey{PEM: []byte(text)}).public()
		if err == nil || strings.Contains(err.Error(), "c2VjcmV0") || strings.Contains(err.Error(), "secret\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	public, err := (&SigningKey{PEM: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), ID: "k"}).public()
	if err != nil || !strings.HasPrefix(public.PEM, "-----BEGIN PUBLIC KEY-----") {
		t.Errorf("%+v, %v", public, err)
	}
}

func TestBundlesAreReproducible(t *testing.T) {
	t.Parallel()
	var first []byte
	for range 2 {
		set, err := dry(io.Discard).readFolder(policyDir)
		if err != nil {
			t.Fatal(err)
		}
		if err := set.pack("1", nil); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = set.bundle
		}
		if !bytes.Equal(first, set.bundle) {
			t.Error("two bundles of the same set differ")
		}
	}
}

func TestDryRunPrintsNoContents(t *testing.T) {
	t.Parallel()
	var calls bytes.Buffer
	o := dry(&calls)
	_, err := o.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader("contents")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.cfn.CreateChangeSet(t.Context(), &cloudformation.CreateChangeSetInput{
		StackName: aws.String("s"), ChangeSetName: aws.String("c"), TemplateBody: aws.String("text"),
	}); err != nil {
		t.Fatal(err)
	}
	const want = `s3 PutObject {"Body":"<8 bytes>","Bucket":"b","Key":"k"}
cloudformation CreateChangeSet {"ChangeSetName":"c","StackName":"s","TemplateBody":"<template of 4 bytes>"}
`
	if got := calls.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestDryRunRefusesWhatItCannotAnswer(t *testing.T) {
	t.Parallel()
	o := dry(io.Discard)
	if _, err := o.cfn.ListExports(t.Context(), &cloudformation.ListExportsInput{}); err == nil || !strings.Contains(err.Error(), "no answer to cloudformation ListExports") {
		t.Error(err)
	}
	// The SDK checks inputs before that.
	if _, err := o.cfn.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{}); err == nil {
		t.Error("a call without its parameters is accepted")
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	call := &smithy.OperationError{ServiceID: "S3", OperationName: "PutObject", Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}}
	got := Explain(call)
	if got.Error() != "S3 PutObject: AccessDenied: no" || stacks.Code(got) != "AccessDenied" {
		t.Error(got)
	}
	network := &smithy.OperationError{ServiceID: "S3", OperationName: "PutObject", Err: errors.New("no route")}
	if got := Explain(network).Error(); got != "S3 PutObject: no route" {
		t.Error(got)
	}
	unsigned := &smithy.OperationError{ServiceID: "S3", OperationName: "PutObject", Err: fmt.Errorf("get identity: %w", fmt.Errorf("get credentials: %w", errors.New("no role")))}
	if got := Explain(unsigned).Error(); !strings.Contains(got, "no credentials of AWS") || !strings.Contains(got, "(no role)") {
		t.Error(got)
	}
	if Explain(nil) != nil || Explain(io.EOF) != io.EOF {
		t.Error("another error is changed")
	}
}
