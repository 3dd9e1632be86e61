package stacks

import (
	"context"
	"fmt"
	"strings"

	"github.com/fsxns3ap/guardhook/templates"
)

// CodeBucket returns a bucket for packages, which a stack has, after creating that
// if need be. The name of the bucket begins with those of the stack and the account.
func (c *Client) CodeBucket(ctx context.Context, name, account string) (string, error) {
	text, err := templates.Hook.ReadFile("hook/code-bucket.yaml")
	if err != nil {
		return "", err
	}
	prefix := strings.ToLower(name) + "-" + account
	const longest = 42 // as in the template
	if len(prefix) > longest {
		return "", fmt.Errorf("stack %s: its name is too long for a bucket named after it; name one with --code-bucket", name)
	}
	now, err := c.Settled(ctx, name)
	if err != nil {
		return "", err
	}
	after, _, err := c.Apply(ctx, Change{Name: name, Template: string(text), Parameters: map[string]string{"BucketPrefix": prefix}}, now)
	if err != nil {
		return "", err
	}
	return after.Outputs["Bucket"], nil
}
