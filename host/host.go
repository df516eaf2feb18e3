package host

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
	Modules string                                                // the folder of module programs
	Catalog string                                                // the file that remembers what programs serve; "": none does
	Builtin []protocol.Module                                     // modules inside this process
	Start   func(ctx context.Context, path string) (Child, error) // starts a program; nil: none is started
	Store   protocol.Storage                                      // every module's data; keys are module/account/name
	Scope   func(store protocol.Storage, module, account string) protocol.Storage
	Whole   func(store protocol.Storage, module string, all bool) protocol.Storage // a module's data of every account, or only what belongs to none

	Root string // the one account that may call functions of WHM API 1; "": nobody may

	Accounts protocol.Accounts // nil: every account may call everything
	Texts    Texts             // of langprint, by language; nil: keys stand for themselves
	Features map[string]string // titles of features by their names, beside those that functions need

	Deadline time.Duration // of a call; 0: DefaultDeadline; at most MaxDeadline
	Now      func() time.Time
	Log      hclog.Logger
	Wire     *Trace // where frames are shown; nil: nowhere
	Version  string
}

// Texts translates keys of pages (U §9). Implementations are safe for concurrent use.
type Texts interface {
	// Text returns the text of a key in a language, such as "en" or "pt_br".
	Text(locale, key string) (text string, ok bool)
}

// Host answers calls. It implements protocol.Module for every module that it
// knows, and serves sessions (session.go).
type Host struct {
	cfg    Config
	router *router
	chain  protocol.Module // the router behind its middleware
	calls  atomic.Uint64   // the last CallID
}

// New returns a Host. It starts nothing: programs start with the first call.
func New(cfg Config) (*Host, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = hclog.NewNullLogger()
	}
	if cfg.Deadline == 0 {
		cfg.Deadline = DefaultDeadline
	}
	if cfg.Deadline < 0 || cfg.Deadline > MaxDeadline {
		return nil, fmt.Errorf("a deadline of %s for a call: more than 0 and at most %s are allowed, because callers wait 60 s", cfg.Deadline, MaxDeadline)
	}
	if cfg.Store != nil && (cfg.Scope == nil || cfg.Whole == nil) {
		return nil, errors.New("a host with a store needs Scope and Whole, the views that modules have of it")
	}
	if cfg.Start == nil {
		cfg.Start = func(_ context.Context, path string) (Child, error) {
			return nil, protocol.Errorf(protocol.CodeUnavailable, "this host starts no programs, so not %s either", path)
		}
	}
	h := &Host{cfg: cfg}
	var seed [4]byte
	rand.Read(seed[:]) // never fails
	h.calls.Store(uint64(binary.LittleEndian.Uint32(seed[:])) << 32)
	open := func(path string) *process {
		return &process{path: path, begin: cfg.Start, now: cfg.Now, log: cfg.Log}
	}
	builtin := append([]protocol.Module{(*self)(h)}, cfg.Builtin...)
	var err error
	h.router, err = newRouter(cfg.Modules, cfg.Catalog, builtin, open, h.enter, cfg.Now, cfg.Log)
	h.chain = fence{rootOnly{modifier{h.router}, cfg.Root}}
	return h, err
}

// Close stops every module process; calls in flight fail.
func (h *Host) Close() error { return h.router.close() }

// Describe implements protocol.Module: it loads every program of the folder. The
// manifests are returned also when err says that some could not be loaded.
func (h *Host) Describe(ctx context.Context) ([]protocol.Manifest, error) {
	return h.router.Describe(ctx)
}

// Invoke implements protocol.Module. Its error is always nil: what went wrong
// is in the Result, worded for the caller (U §4).
func (h *Host) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	result, err := h.chain.Invoke(ctx, call)
	if err == nil && result == nil {
		err = errors.New("the module returned neither a result nor an error")
	}
	if err != nil {
		return protocol.Failed(h.failure(call, err)), nil
	}
	return result, nil
}

// failure logs why a call got no result, and returns what its caller reads (U §4).
func (h *Host) failure(call *protocol.Call, err error) string {
	log := h.cfg.Log.With("call", call.ID.String(), "module", call.Module, "function", call.Function)
	if coded := new(protocol.Error); errors.As(err, &coded) && coded.Code != protocol.CodeInternal {
		log.Warn("a call got no result", "code", coded.Code.String(), "error", err)
		return failureText(call, coded)
	}
	log.Error("a call failed inside", "error", err)
	return uapi.Internal(call.ID)
}

// newCall makes a call for an account with an id, a deadline and services of its own.
func (h *Host) newCall(caller Caller) *inflight {
	c := &inflight{host: h}
	c.Call.ID = protocol.CallID(h.calls.Add(1))
	c.Call.Account, c.Call.Origin = caller.Account, caller.Origin
	c.Call.Deadline = h.cfg.Now().Add(h.cfg.Deadline)
	c.Call.Host = c
	return c
}

// fence turns a panic of a module inside this process into an error.
type fence struct{ protocol.Module }

func (f fence) Invoke(ctx context.Context, call *protocol.Call) (result *protocol.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f.Module.Invoke(ctx, call)
}

// failureText is what a caller reads when a call got no result (U §4).
func failureText(call *protocol.Call, err *protocol.Error) string {
	switch err.Code {
	case protocol.CodeUnknown:
		return uapi.NoResult(call.Module, call.Function, err.Text, true, call.ID)
	case protocol.CodeUnavailable:
		return uapi.NoResult(call.Module, call.Function, err.Text, false, call.ID)
	}
	return err.Text
}
