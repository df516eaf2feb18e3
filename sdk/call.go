package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Call is what a function knows about the call that it serves, and what it can
// say beside its result. It is safe for concurrent use and ends with the call.
type Call struct {
	ID      CallID // names the call in logs and replies
	Account string // whose call it is, from the kernel: to be trusted

	call   *protocol.Call
	server *Server

	mu     sync.Mutex
	log    hclog.Logger // made on first use: most calls log nothing
	result Result
	fault  error // what Metadata could not encode
}

// Log returns a logger whose entries name the call, the module and the function.
// What is logged is never seen by the caller.
func (c *Call) Log() hclog.Logger {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.log == nil {
		c.log = c.server.log.With("call", c.ID.String(), "module", c.call.Module, "function", c.call.Function)
	}
	return c.log
}

// Now returns the time of the module's clock, which a test can set.
func (c *Call) Now() time.Time { return c.server.now() }

// Storage returns this module's records of the calling account, and of no
// other. It is gone when the call has ended.
func (c *Call) Storage() Storage { return c.call.Host.Storage() }

// Whole returns all of this module's data: the key "ann/name" is Ann's record
// "name", and "/name" one that belongs to no account. Every call may read what
// belongs to no account; only one of a function of [WHM1] may do more.
func (c *Call) Whole() Storage { return c.call.Host.Whole() }

// AccountInfo returns what the host knows of the calling account: its domains,
// features and preferences. An error means that it cannot be known now; return it
// as it is.
func (c *Call) AccountInfo(ctx context.Context) (*Account, error) {
	return c.call.Host.Account(ctx, "")
}

// AccountInfoOf is AccountInfo of another account, for functions of [WHM1]:
// [ErrNotFound] when nobody knows the name.
func (c *Call) AccountInfoOf(ctx context.Context, name string) (*Account, error) {
	if name == "" {
		return nil, ErrNotFound
	}
	return c.call.Host.Account(ctx, name)
}

// Invoke calls a function of another module for the same account and within
// the same deadline. args is anything that encodes to a JSON object, or nil. A
// function that failed is a Result with Status 0; an error means that no result
// could be had. A [Secret] in args arrives as [redacted]: reveal it.
func (c *Call) Invoke(ctx context.Context, module, function string, args any) (*Result, error) {
	var raw json.RawMessage
	if args != nil {
		b, err := json.Marshal(args)
		if err != nil {
			return nil, fmt.Errorf("arguments for %s::%s: %w", module, function, err)
		}
		raw = b
	}
	return c.call.Host.Invoke(ctx, module, function, raw)
}

// CheckArgs reports why a host would refuse raw as the arguments of
// [Call.Invoke], so that a module can look at all of its calls before it makes
// the first: it has to be one JSON object by W14, or null or an empty list (U9).
// The error quotes nothing of raw.
func CheckArgs(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	if err := liveapi.CheckJSON(raw); err != nil {
		return Errorf(Invalid, "The arguments cannot be read: %v.", err)
	}
	args, err := uapi.DecodeArgs(raw)
	if err != nil {
		return err
	}
	if len(args.Positional()) > 0 {
		return Errorf(Invalid, "The arguments must be one object of names and values (U7).")
	}
	return nil
}

// Core encodes a result as callers read it (U1): data, errors, messages,
// metadata, status and warnings. It fails for what is no result.
func Core(r *Result) (json.RawMessage, error) { return uapi.AppendCore(nil, r) }

// Warn adds a text to the result's warnings.
func (c *Call) Warn(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Warnings = append(c.result.Warnings, fmt.Sprintf(format, args...))
}

// Message adds a text to the result's messages.
func (c *Call) Message(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Messages = append(c.result.Messages, fmt.Sprintf(format, args...))
}

// Metadata sets a member of the result's metadata. The value is encoded at
// once, by the rules of a result. The names that the output modifiers use
// ("transformed", "filter", "paginate", "records_before_filter") are the host's.
func (c *Call) Metadata(name string, value any) {
	raw, err := encode(value)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.fault = fmt.Errorf("metadata %q: %w", name, err)
		return
	}
	if c.result.Metadata == nil {
		c.result.Metadata = make(map[string]json.RawMessage)
	}
	c.result.Metadata[name] = raw
}

// finish returns the result so far with the given outcome, as a copy of its
// own: a goroutine that the author left running cannot change it.
func (c *Call) finish(status int, data json.RawMessage, errors ...string) *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.result
	r.Messages, r.Warnings = slices.Clip(r.Messages), slices.Clip(r.Warnings)
	c.result.Metadata = nil
	r.Status, r.Data, r.Errors = status, data, errors
	return &r
}
