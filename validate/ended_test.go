package validate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fsxns3ap/guardhook/rules"
	"github.com/fsxns3ap/guardhook/validate"
	"github.com/fsxns3ap/guardhook/validate/template"
)

// countdown is a context that ends when it has been looked at often enough.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestEnded: a run ends soon after its context, also within the deployments of one
// resource.
func TestEnded(t *testing.T) {
	t.Parallel()
	set, err := rules.Embedded(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var src strings.Builder
	src.WriteString("Parameters:\n")
	for i := range 4 {
		fmt.Fprintf(&src, "  Cidr%d: {Type: String}\n  From%d: {Type: Number}\n  To%d: {Type: Number}\n", i, i, i)
	}
	src.WriteString("Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: g\n      SecurityGroupIngress:\n")
	for i := range 4 {
		fmt.Fprintf(&src, "        - {IpProtocol: tcp, CidrIp: !Ref Cidr%d, FromPort: !Ref From%d, ToPort: !Ref To%d}\n", i, i, i)
	}
	tmpl, err := template.Load("many.yaml", []byte(src.String()), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	whole := &countdown{Context: t.Context()}
	whole.left.Store(1 << 40)
	if _, err := validate.New(set, validate.Options{}).Validate(whole, tmpl); err != nil {
		t.Fatal(err)
	}
	looks := 1<<40 - whole.left.Load()
	if looks < 100 {
		t.Fatalf("only %d looks: the template has too few deployments", looks)
	}
	for _, n := range []int64{0, 1, looks / 2} {
		ctx := &countdown{Context: t.Context()}
		ctx.left.Store(n)
		if _, err := validate.New(set, validate.Options{}).Validate(ctx, tmpl); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d of %d looks: %v", n, looks, err)
		}
		if more := -ctx.left.Load(); more > 100 {
			t.Errorf("after %d of %d looks: %d more", n, looks, more)
		}
	}
}
