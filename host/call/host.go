package call

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Deadlines of a call (see liveapi-wire.md: callers wait 60 s at most).
const (
	DefaultDeadline = 30 * time.Second
	MaxDeadline     = 50 * time.Second
)

// Config says what a Host is made of.
type Config struct {
	Table   *Table            // what can be called; nil: only the modules of Builtin
	Source  Source            // finds more modules; nil: there are no more
	Builtin []protocol.Module // modules inside this process

	Store protocol.Storage // every module's data; keys are module/account/name
	Scope func(store protocol.Storage, module, account string) protocol.Storage
	// Whole is a module's data: all of it, or only what belongs to no account.
	Whole func(store protocol.Storage, module string, all bool) protocol.Storage

	Root string // the one account that may call functions of WHM API 1; "": nobody may

	Accounts protocol.Accounts // nil: every account may call everything
	Features map[string]string // titles of features by name; features that only a function needs have no title

	Deadline time.Duration // of a call; 0: DefaultDeadline; at most MaxDeadline
	Now      func() time.Time
	Log      hclog.Logger
	Version  string
}

// Caller is who makes a call. The door finds it out; it is never what the caller
// claims (W17).
type Caller struct {
	Account string
	Origin  string // where the call came from, for the audit record
}

// Host runs calls. It implements protocol.Module for all modules that it knows.
type Host struct {
	cfg    Config
	router *router
	chain  protocol.Module // the router behind its middleware
	calls  atomic.Uint64   // the last CallID
}

// New returns a Host. It starts no program: the Source does so on the first call.
func New(cfg Config) (*Host, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = hclog.NewNullLogger()
	}
	if cfg.Table == nil {
		cfg.Table = NewTable(cfg.Log)
	}
	if cfg.Source == nil {
		cfg.Source = nothing{}
	}
	if cfg.Deadline == 0 {
		cfg.Deadline = DefaultDeadline
	}
	if cfg.Deadline < 0 || cfg.Deadline > MaxDeadline {
		return nil, fmt.Errorf("a deadline of %s for a call: more than 0 and at most %s are allowed, because callers wait 60 s",
			cfg.Deadline, MaxDeadline)
	}
	if cfg.Store != nil && (cfg.Scope == nil || cfg.Whole == nil) {
		return nil, errors.New("a host with a store needs Scope and Whole, the views that modules have of it")
	}
	h := &Host{cfg: cfg}
	var seed [4]byte
	rand.Read(seed[:]) // never fails
	h.calls.Store(uint64(binary.LittleEndian.Uint32(seed[:])) << 32)
	for _, m := range append([]protocol.Module{(*self)(h)}, cfg.Builtin...) {
		manifests, err := m.Describe(context.Background())
		if err != nil {
			return nil, err
		}
		cfg.Table.Put(Route{Module: m}, manifests)
	}
	h.router = &router{table: cfg.Table, source: cfg.Source, enter: h.enter, log: cfg.Log}
	h.chain = fence{rootOnly{modifier{h.router}, cfg.Root}}
	return h, nil
}

// Close ends the Source, and with it every module process; calls under way fail.
func (h *Host) Close() error { return h.cfg.Source.Close() }

// Describe implements protocol.Module: it returns the manifests of all modules. If
// some programs cannot be used, it returns the other manifests and an error.
func (h *Host) Describe(ctx context.Context) ([]protocol.Manifest, error) {
	return h.router.Describe(ctx)
}

// NewCall returns a call for an account, with its own id, deadline and services.
// The door adds module, function and arguments. It is good for one Invoke.
func (h *Host) NewCall(who Caller) *protocol.Call { return &h.newCall(who).Call }

func (h *Host) newCall(who Caller) *services {
	s := &services{host: h}
	s.Call.ID = protocol.CallID(h.calls.Add(1))
	s.Call.Account, s.Call.Origin = who.Account, who.Origin
	s.Call.Deadline = h.cfg.Now().Add(h.cfg.Deadline)
	s.Call.Host = s
	return s
}

// Names turns names of a request into strings, without a copy when the function
// is known.
func (h *Host) Names(module, function []byte, api protocol.APIVersion) (string, string) {
	return h.cfg.Table.names(module, function, api)
}

// Function returns the manifest of a call's function from the table, without
// loading anything; nil when the table does not have it.
func (h *Host) Function(c *protocol.Call) *protocol.Function {
	if found := h.cfg.Table.find(c.Module); found != nil {
		return found.function(c.Function, c.API)
	}
	return nil
}

// Invoke implements protocol.Module. Its error is always nil: the Result holds
// what went wrong, in words for the caller (U §4).
func (h *Host) Invoke(ctx context.Context, c *protocol.Call) (*protocol.Result, error) {
	result, err := h.chain.Invoke(ctx, c)
	if err == nil && result == nil {
		err = errors.New("the module returned neither a result nor an error")
	}
	if err != nil {
		return protocol.Failed(h.Failure(c, err)), nil
	}
	return result, nil
}

// Failure logs why a call got no result, and returns the error text for its
// caller (U §4).
func (h *Host) Failure(c *protocol.Call, err error) string {
	log := h.cfg.Log.With("call", c.ID.String(), "module", c.Module, "function", c.Function)
	coded, is := errors.AsType[*protocol.Error](err)
	if !is || coded.Code == protocol.CodeInternal {
		log.Error("a call failed with an internal error", "error", err)
		return uapi.Internal(c.ID)
	}
	log.Warn("a call got no result", "code", coded.Code.String(), "error", err)
	switch coded.Code {
	case protocol.CodeUnknown:
		return uapi.NoResult(c.Module, c.Function, coded.Text, true, c.ID)
	case protocol.CodeUnavailable:
		if later, ok := errors.AsType[Later](err); ok {
			return uapi.NotYet(c.Module, c.Function, coded.Text, later.Wait, c.ID)
		}
		return uapi.NoResult(c.Module, c.Function, coded.Text, false, c.ID)
	}
	return coded.Text
}

// Account returns an account by name. It has only the name when the host has no
// source of accounts or the source does not know it: the kernel has
// authenticated the name (W17).
func (h *Host) Account(ctx context.Context, name string) (*protocol.Account, error) {
	if h.cfg.Accounts != nil {
		account, err := h.cfg.Accounts.Account(ctx, name)
		if !errors.Is(err, protocol.ErrNotFound) {
			return account, err
		}
	}
	return &protocol.Account{Name: name, UID: -1, GID: -1}, nil
}

// fence turns a panic of a module inside this process into an error.
type fence struct{ protocol.Module }

func (f fence) Invoke(ctx context.Context, c *protocol.Call) (result *protocol.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f.Module.Invoke(ctx, c)
}
