package redact

import (
	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
)

// Trace writes the frames of sessions to the log, without secrets
// (LIVEAPI_TRACE=wire).
type Trace struct{ log hclog.Logger }

// NewTrace returns a Trace that writes to log.
func NewTrace(log hclog.Logger) *Trace { return &Trace{log: log.Named("wire")} }

// Request logs a request. f is the manifest of the function that is called; nil
// when there is none, and then no argument is shown.
func (t *Trace) Request(account string, payload []byte, f *protocol.Function) {
	t.log.Info("request", "account", account, "bytes", len(payload), "frame", Request(payload, f))
}

// Reply logs a reply.
func (t *Trace) Reply(account string, body []byte, f *protocol.Function) {
	t.log.Info("reply", "account", account, "bytes", len(body), "frame", Reply(body, f))
}
