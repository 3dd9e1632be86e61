package secret_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/fsxns3ap/guardhook/internal/awstest"
	"github.com/fsxns3ap/guardhook/lambda/internal/awsfake"
	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
	"github.com/fsxns3ap/guardhook/lambda/internal/secret"
)

// server is moto, started once.
var server *awstest.Server

func TestMain(m *testing.M) {
	server = awsfake.Must(awstest.Start())
	os.Exit(m.Run())
}

func client(t *testing.T) (*secretsmanager.Client, *awstest.Account) {
	t.Helper()
	a := server.Account(t)
	return secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: &a.URL, Region: awstest.Region, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	}), a
}

func TestGet(t *testing.T) {
	t.Parallel()
	api, account := client(t)
	now := time.Unix(1000, 0)
	s := secret.New(api, "ontap", time.Minute, func() time.Time { return now })
	ctx := context.Background()
	if _, err := s.Get(ctx); failure.Of(err) != failure.Configuration || !strings.Contains(err.Error(), "secret ontap: Secrets Manager GetSecretValue: ResourceNotFoundException") {
		t.Errorf("%v", err)
	}
	if _, err := api.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("ontap"), SecretString: aws.String("first")}); err != nil {
		t.Fatal(err)
	}
	expect := func(want string, calls int) {
		t.Helper()
		account.Calls()
		if got, err := s.Get(ctx); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		if got := len(account.Calls()); got != calls {
			t.Errorf("%d calls, want %d", got, calls)
		}
	}
	expect("first", 1)
	if _, err := api.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("ontap"), SecretString: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute - 1)
	expect("first", 0)
	now = now.Add(1)
	expect("second", 1)
	expect("second", 0)
	s.Forget()
	expect("second", 1)
	now = now.Add(time.Hour)
	account.Fail(0, awstest.Denied())
	if got, err := s.Get(ctx); got != "" || failure.Of(err) != failure.AccessDenied {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	api, _ := client(t)
	if _, err := api.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("b"), SecretBinary: []byte{1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.New(api, "b", time.Minute, time.Now).Get(t.Context()); failure.Of(err) != failure.Configuration {
		t.Error(err)
	}
}
