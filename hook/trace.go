package hook

import (
	"context"
	"strings"
	"time"

	"github.com/fsxns3ap/guardhook/internal/xray"
)

// TracingXRay is the value of Config.Tracing that sends a subsegment of each
// call to the X-Ray daemon; TracingOff sends none.
const (
	TracingOff  = "off"
	TracingXRay = "xray"
)

// trace sends the subsegment of a call. A call that is not sampled has none;
// what goes wrong is logged, and changes no verdict.
func (h *Handler) trace(ctx context.Context, d *Decision, started time.Time) {
	if h.opts.Config.Tracing != TracingXRay {
		return
	}
	if err := h.sendTrace(ctx, d, started); err != nil {
		h.opts.Log.ErrorContext(ctx, "a call was not traced", "reason", err.Error())
	}
}

func (h *Handler) sendTrace(ctx context.Context, d *Decision, started time.Time) error {
	header, err := xray.ParseHeader(h.opts.TraceHeader(ctx))
	if err != nil || !header.Sampled {
		return err
	}
	return xray.Send(ctx, h.opts.TraceDaemon, d.subsegment(header, started))
}

func (d *Decision) subsegment(h xray.Header, started time.Time) xray.Subsegment {
	return xray.Subsegment{
		Name: cut("guardhook "+pathSafe(string(d.Kind), unknownTarget), xray.MaxName), ID: xray.NewID(), Parent: h,
		Start: started, End: started.Add(d.Duration), Fault: d.Status == Failed && d.ErrorCode != NonCompliant,
		Annotations: map[string]any{
			"status": string(d.Status), "error_code": string(d.ErrorCode), "target_type": d.targetType(), "policy_digest": d.Digest,
			"rules_blocked": cut(strings.Join(d.blocked(), " "), xray.MaxAnnotation),
		},
	}
}
