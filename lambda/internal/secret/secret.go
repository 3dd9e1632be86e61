// Package secret keeps a secret of Secrets Manager for a while.
//
// It promises that a value older than its lifetime is never returned, also when
// the new one cannot be read, and that no value is in an error. That a secret is not
// there, or cannot be read for good, is a Configuration: it says nothing about what
// the secret is for. The package does not know what a secret holds.
package secret

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/fsxns3ap/guardhook/lambda/internal/failure"
)

// API is what the package needs of Secrets Manager; *secretsmanager.Client is one.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// Source is a secret. It serves any number of goroutines.
type Source struct {
	api      API
	id       string
	lifetime time.Duration
	now      func() time.Time

	mu    sync.Mutex
	value string
	until time.Time
}

// New returns the secret of a name or ARN; a value is kept for lifetime.
func New(api API, id string, lifetime time.Duration, now func() time.Time) *Source {
	return &Source{api: api, id: id, lifetime: lifetime, now: now}
}

// Get returns the value as text.
func (s *Source) Get(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Before(s.until) {
		return s.value, nil
	}
	out, err := s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.id})
	if err != nil {
		err = failure.Wrap(err, "secret %s", s.id)
		if kind := failure.Of(err); !kind.Transient() && kind != failure.AccessDenied {
			err = failure.New(failure.Configuration, "%w", err)
		}
		return "", err
	}
	if out.SecretString == nil {
		return "", failure.New(failure.Configuration, "secret %s: its value is not text", s.id)
	}
	s.value, s.until = *out.SecretString, s.now().Add(s.lifetime)
	return s.value, nil
}

// Forget makes the next Get read the value anew: whoever it was shown to has
// refused it.
func (s *Source) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value, s.until = "", time.Time{}
}
