package call

import (
	"context"
	"fmt"

	"liveapi.host/host/audit"
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// recorded runs a function of WHM API 1 that changes something, between two
// entries of the audit record. If the first entry cannot be written, the function
// does not run; if the second cannot, the record still shows that the call began.
func (h *Host) recorded(ctx context.Context, module protocol.Module, c *protocol.Call, f *protocol.Function) (*protocol.Result, error) {
	entry := audit.Entry{Who: c.Account, From: c.Origin, What: c.Function, With: recordable(c, f), ID: c.ID.String()}
	var result *protocol.Result
	var failure error
	began, err := audit.Do(ctx, h.cfg.Store, h.cfg.Now, entry, func() string {
		result, failure = module.Invoke(ctx, c)
		return outcome(result, failure)
	})
	switch {
	case !began:
		return nil, &protocol.Error{Code: protocol.CodeUnavailable, Err: err,
			Text: "the audit record of administrators' calls cannot be written"}
	case err != nil:
		h.cfg.Log.Error("the end of an administrator's call could not be recorded",
			"call", entry.ID, "function", c.Function, "outcome", outcome(result, failure), "error", err)
	}
	return result, failure
}

// outcome is how a call ended, in a line for the record.
func outcome(result *protocol.Result, err error) string {
	switch {
	case err != nil:
		return "no result: " + protocol.CodeOf(err).String()
	case result == nil || result.Status == 1:
		return audit.Done
	case len(result.Errors) == 0:
		return "failed"
	}
	return "failed: " + result.Errors[0]
}

// recordable returns what the record may show of a call's arguments: the values
// of parameters that the function declares and does not mark as secret. A value
// under an undeclared name may be a secret whose name was misspelt.
func recordable(c *protocol.Call, f *protocol.Function) map[string]string {
	args, err := uapi.DecodeArgs(c.Args)
	if err != nil {
		return map[string]string{"…": "arguments that cannot be read"}
	}
	shown := make(map[string]string)
	for name, value := range args.All() {
		shown[name] = "[redacted]"
		if p := uapi.Param(f, name); p != nil && !bool(p.Secret) && len(p.Fields) == 0 {
			if text, ok := value.Text(); ok {
				shown[name] = text
			} else {
				shown[name] = fmt.Sprintf("%s of %d bytes", p.Type, len(value.Raw()))
			}
		}
	}
	return shown
}
