package call

import (
	"context"
	"encoding/json"

	"liveapi.host/protocol"
)

// Variable calls the function that provides a session variable (U §9, see
// [protocol.Function]) and returns its value. ok is false when no function
// provides it or the result is not a text.
func (h *Host) Variable(ctx context.Context, who Caller, name string) (value string, ok bool) {
	module, f := h.router.lookFor(ctx, "$"+name, func(f *protocol.Function) bool { return f.Provides == name && f.API == protocol.UAPI })
	if f == nil {
		return "", false
	}
	c := h.NewCall(who)
	c.Module, c.Function, c.API = module, f.Name, protocol.UAPI
	result, _ := h.Invoke(ctx, c) // its error is always nil
	return value, result.Status == 1 && json.Unmarshal(result.Data, &value) == nil
}
