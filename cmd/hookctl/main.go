// Program hookctl packages, deploys and watches the CloudFormation hook.
// "hookctl --help" is its manual.
package main

import (
	"context"

	"github.com/fsxns3ap/guardhook/internal/cli"
)

func main() {
	cli.Main(func(ctx context.Context, s cli.Surroundings, args []string) int {
		return (&Command{s}).Main(ctx, args)
	})
}
