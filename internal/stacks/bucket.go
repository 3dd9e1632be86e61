package stacks

import (
	"context"
	"fmt"
	"slices"
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
	want := Change{Name: name, Template: string(text), Parameters: map[string]string{"BucketPrefix": prefix}}
	for tries := 0; ; tries++ {
		now, err := c.Settled(ctx, name)
		if err != nil {
			return "", err
		}
		after, _, err := c.Apply(ctx, want, now)
		if err == nil {
			return after.Outputs["Bucket"], nil
		}
		if tries == maxRaces || !slices.Contains(raced, Code(err)) {
			return "", err
		}
		c.Say("stack %s: somebody else makes it, too", name)
	}
}

// raced are errors of a change set in whose place that of another program was executed.
var raced = []string{"ChangeSetNotFound", "InvalidChangeSetStatus", "AlreadyExistsException"}

// maxRaces is how often another program may be first.
const maxRaces = 3
