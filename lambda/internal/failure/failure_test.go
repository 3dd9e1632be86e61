package failure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// answer is an error as the SDK returns it.
func answer(status int, code, message string) error {
	err := error(&smithy.GenericAPIError{Code: code, Message: message})
	return &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: &awshttp.ResponseError{
		RequestID:     "R1",
		ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err},
	}}
}

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want failure.Kind
	}{
		{nil, ""},
		{errors.New("x"), failure.Internal},
		{failure.New(failure.TooLarge, "x"), failure.TooLarge},
		{fmt.Errorf("y: %w", failure.New(failure.Conflict, "x")), failure.Conflict},
		{failure.Wrap(answer(404, "NoSuchKey", ""), "y"), failure.NotFound},
		{fmt.Errorf("y: %w", context.DeadlineExceeded), failure.Timeout},
		{&net.DNSError{}, failure.Unavailable},
		{answer(503, "SlowDown", ""), failure.Throttled},
		{answer(400, "ThrottlingException", ""), failure.Throttled},
		{answer(400, "AccessDeniedException", ""), failure.AccessDenied},
		{answer(400, "ResourceNotFoundException", ""), failure.NotFound},
		{answer(400, "ConditionalCheckFailedException", ""), failure.Conflict},
		{answer(400, "ImageTooLargeException", ""), failure.TooLarge},
		{answer(400, "ModelTimeoutException", ""), failure.Timeout},
		{answer(429, "ModelNotReadyException", ""), failure.Unavailable},
		{answer(424, "ModelErrorException", ""), failure.Unavailable},
		{answer(400, "RequestTimeout", ""), failure.Timeout},
		{answer(400, "KMSThrottling", ""), failure.Throttled},
		{answer(400, "KMS.ThrottlingException", ""), failure.Throttled},
		{answer(400, "KmsThrottled", ""), failure.Throttled},
		{answer(500, "KMSInternalException", ""), failure.Unavailable},
		{answer(400, "KMS.DependencyTimeoutException", ""), failure.Unavailable},
		{answer(400, "KMSAccessDenied", ""), failure.AccessDenied},
		{answer(400, "KMS.DisabledException", ""), failure.AccessDenied},
		{answer(400, "ExpiredTokenException", ""), failure.AccessDenied},
		{answer(400, "UnrecognizedClientException", ""), failure.AccessDenied},
		{answer(400, "InvalidSignatureException", ""), failure.AccessDenied},
		{answer(404, "NoSuchBucket", ""), failure.Configuration},
		{answer(404, "NoSuchAccessPoint", ""), failure.Configuration},
		{answer(400, "InvalidAccessPointAliasError", ""), failure.Configuration},
		{answer(401, "Odd", ""), failure.AccessDenied},
		{answer(404, "Odd", ""), failure.NotFound},
		{answer(409, "Odd", ""), failure.Conflict},
		{answer(413, "Odd", ""), failure.TooLarge},
		{answer(429, "Odd", ""), failure.Throttled},
		{answer(504, "Odd", ""), failure.Timeout},
		{answer(500, "Odd", ""), failure.Unavailable},
		{answer(400, "Odd", ""), failure.InvalidInput},
		{answer(200, "Odd", ""), failure.Internal},
		{&smithy.OperationError{ServiceID: "Athena", Err: fmt.Errorf("decode: %w", io.ErrUnexpectedEOF)}, failure.Unavailable},
		{fmt.Errorf("a file: %w", io.ErrUnexpectedEOF), failure.Internal},
	} {
		if got := failure.Of(c.err); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}

func TestTransient(t *testing.T) {
	t.Parallel()
	for kind, want := range map[failure.Kind]bool{
		failure.Configuration: false, failure.InvalidInput: false, failure.NotFound: false, failure.AccessDenied: false,
		failure.TooLarge: false, failure.Conflict: false, failure.Throttled: true, failure.Unavailable: true, failure.Timeout: true,
		failure.Internal: false,
	} {
		if kind.Transient() != want {
			t.Errorf("%s: %t", kind, !want)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	inner := answer(403, "AccessDenied", strings.Repeat("é", 300))
	got := failure.Wrap(inner, "s3://b/%s", "k").Error()
	want := "s3://b/k: S3 GetObject: AccessDenied: " + strings.Repeat("é", 256) + ": request R1"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	again := failure.Wrap(failure.Wrap(answer(404, "NoSuchKey", ""), "inner"), "outer")
	if again.Error() != "outer: inner: S3 GetObject: NoSuchKey: request R1" {
		t.Error(again)
	}
	var api smithy.APIError
	if !errors.As(again, &api) || failure.Wrap(nil, "x") != nil {
		t.Errorf("%v", api)
	}
	lost := &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: &smithyhttp.RequestSendError{Err: &url.Error{
		Op: "Get", URL: "https://planted", Err: errors.New("reset"),
	}}}
	if err := failure.Wrap(lost, "at"); err.Error() != "at: S3 GetObject: no answer: reset" || failure.Of(err) != failure.Unavailable {
		t.Error(err)
	}
	odd := &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: errors.New("no bucket")}
	if err := failure.Wrap(odd, "at"); err.Error() != "at: S3 GetObject: no bucket" {
		t.Error(err)
	}
	if err := failure.Wrap(errors.New("plain"), "at"); err.Error() != "at: plain" {
		t.Error(err)
	}
}
