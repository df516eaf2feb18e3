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

// Call gives a function the data of the call that it serves, the services of the
// host, and ways to add texts to the result. It is safe for concurrent use, and valid
// until the call ends.
type Call struct {
	ID      CallID // identifies the call in logs and replies
	Account string // the calling account; trustworthy, since the kernel reports it

	call   *protocol.Call
	server *Server

	mu     sync.Mutex
	log    hclog.Logger // made on first use: most calls log nothing
	result Result
	fault  error // an error of Metadata
}

// Log returns a logger whose entries name the call, the module and the function.
// The caller never sees the log.
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

// Storage returns this module's records of the calling account only. Do not use it
// after the call has ended.
func (c *Call) Storage() Storage { return c.call.Host.Storage() }

// Whole returns all of this module's data: the key "ann/name" is Ann's record
// "name", and "/name" is a record that belongs to no account. Every call may read
// records of no account; everything else is for functions of [WHM1] only.
func (c *Call) Whole() Storage { return c.call.Host.Whole() }

// AccountInfo returns what the host knows about the calling account: its domains,
// features and preferences. An error means that this is not available now; return the
// error unchanged.
func (c *Call) AccountInfo(ctx context.Context) (*Account, error) {
	return c.call.Host.Account(ctx, "")
}

// AccountInfoOf is AccountInfo of another account, for functions of [WHM1]. It returns
// [ErrNotFound] when there is no such account.
func (c *Call) AccountInfoOf(ctx context.Context, name string) (*Account, error) {
	if name == "" {
		return nil, ErrNotFound
	}
	return c.call.Host.Account(ctx, name)
}

// Invoke calls a function of another module for the same account and within
// the same deadline. args is any value that encodes to a JSON object, or nil. A
// function that failed returns a Result with Status 0; an error means that there is no
// result. A [Secret] in args is sent as [redacted]; call [Secret.Reveal] first.
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

// CheckArgs reports why a host would refuse raw as the arguments of [Call.Invoke], so
// that a module can check all of its calls before it makes the first. Arguments must
// be one JSON object by W14, or null or an empty list (U9). The error quotes no part
// of raw.
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
// metadata, status and warnings. It fails when r is not a valid result.
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

// Metadata sets a member of the result's metadata. The value is encoded immediately,
// by the rules of a result. Only the host sets the names of the output modifiers:
// "transformed", "filter", "paginate" and "records_before_filter".
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

// finish returns a copy of the result so far with the given outcome: a goroutine that
// the function left running cannot change it.
func (c *Call) finish(status int, data json.RawMessage, errors ...string) *Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.result
	r.Messages, r.Warnings = slices.Clip(r.Messages), slices.Clip(r.Warnings)
	c.result.Metadata = nil
	r.Status, r.Data, r.Errors = status, data, errors
	return &r
}
