package stacks

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// retries is how often a call is tried: CloudFormation throttles early.
const retries = 8

// ErrNoRegion is the error of a configuration without a Region.
var ErrNoRegion = errors.New("there is no Region: give --region, or set AWS_REGION")

// Region returns the Region that is given, or that of the environment.
func Region(env func(string) string, given string) string {
	return cmp.Or(given, env("AWS_REGION"), env("AWS_DEFAULT_REGION"))
}

// Config returns the configuration that the AWS CLI would use with an environment,
// and with a Region and a profile, which may be empty.
func Config(ctx context.Context, env func(string) string, region, profile string) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithRetryMaxAttempts(retries)}
	if region = Region(env, region); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if name := cmp.Or(profile, env("AWS_PROFILE")); name != "" {
		options = append(options, config.WithSharedConfigProfile(name))
	}
	if id := env("AWS_ACCESS_KEY_ID"); id != "" && profile == "" {
		static := credentials.NewStaticCredentialsProvider(id, env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN"))
		options = append(options, config.WithCredentialsProvider(static))
	}
	if endpoint := env("AWS_ENDPOINT_URL"); endpoint != "" {
		options = append(options, config.WithBaseEndpoint(endpoint))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return loaded, fmt.Errorf("AWS configuration: %w", err)
	}
	if loaded.Region == "" {
		return loaded, ErrNoRegion
	}
	return loaded, nil
}
