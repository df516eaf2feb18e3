package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/sdk"
)

// Args are the arguments of a call by name. Values may be anything that encoding/json
// encodes; real callers send text.
type Args map[string]any

// Option is an option of [New] and [Pipe].
type Option func(*Host)

// WithAccount sets the calling account; the default is "alice".
func WithAccount(name string) Option { return func(h *Host) { h.account = name } }

// WithAccountInfo sets what [sdk.Call.AccountInfo] returns for the account of this
// name; the default is an account that has only a name.
func WithAccountInfo(a sdk.Account) Option {
	return func(h *Host) { h.infos[a.Name] = &a }
}

// WithClock sets the module's clock, such as the method Now of a [Clock]; the default
// is time.Now. With [Pipe] it is read once before each call.
func WithClock(now func() time.Time) Option { return func(h *Host) { h.now = now } }

// WithStorage replaces the storage in memory, for instance by a [Faulty] one.
// open is called once for each module and account.
func WithStorage(open func(module, account string) sdk.Storage) Option {
	return func(h *Host) { h.store.open = open }
}

// WithModules adds modules that the module under test can call.
func WithModules(others ...*sdk.Module) Option {
	return func(h *Host) { h.modules = append(h.modules, others...) }
}

// Host calls a module as a host does. It is safe for concurrent use.
type Host struct {
	t       testing.TB
	modules []*sdk.Module
	target  protocol.Module
	before  func() // runs before each call
	account string
	infos   map[string]*sdk.Account
	now     func() time.Time
	calls   *atomic.Uint32
	store   *stores
	log     *logText
}

// New returns a host that calls m within this process. It ends the test when m is not
// valid.
func New(t testing.TB, m *sdk.Module, options ...Option) *Host {
	t.Helper()
	h := newHost(t, m, options)
	server, err := sdk.NewServer(sdk.Options{Log: h.logger(), Now: h.now}, h.modules...)
	if err != nil {
		t.Fatalf("sdktest: %v", err)
	}
	h.target = server
	return h
}

func newHost(t testing.TB, m *sdk.Module, options []Option) *Host {
	h := &Host{
		t: t, modules: []*sdk.Module{m}, before: func() {}, account: "alice",
		calls: new(atomic.Uint32), log: new(logText), infos: make(map[string]*sdk.Account),
		store: &stores{all: make(map[[2]string]sdk.Storage), open: func(string, string) sdk.Storage { return NewMemory() }},
	}
	for _, o := range options {
		o(h)
	}
	t.Cleanup(func() {
		if t.Failed() && h.Log() != "" {
			t.Logf("the module's log:\n%s", h.Log())
		}
	})
	return h
}

func (h *Host) logger() hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: h.modules[0].Name, Level: hclog.Trace, Output: h.log})
}

// As returns the same host for another account: same module, clock and log.
func (h *Host) As(account string) *Host {
	other := *h
	other.account = account
	return &other
}

// Log returns what the module has logged so far, at every level.
func (h *Host) Log() string { return h.log.String() }

// Storage returns the module's storage of the host's account.
func (h *Host) Storage() sdk.Storage { return h.store.of(h.modules[0].Name, h.account) }

// Call calls a UAPI function of the module under test; nil means no arguments.
func (h *Host) Call(function string, args Args) *Result {
	h.t.Helper()
	return h.encode(protocol.UAPI, function, args)
}

// CallJSON is Call with the arguments as JSON, which is sent unchanged.
func (h *Host) CallJSON(function, args string) *Result {
	h.t.Helper()
	return h.call(protocol.UAPI, function, args)
}

// API2 calls a function of API 2.
func (h *Host) API2(function string, args Args) *Result {
	h.t.Helper()
	return h.encode(protocol.API2, function, args)
}

// WHM1 calls a function of WHM API 1, as root.
func (h *Host) WHM1(function string, args Args) *Result {
	h.t.Helper()
	return h.encode(protocol.WHM1, function, args)
}

// API1 calls a function of API 1.
func (h *Host) API1(function string, args ...string) *Result {
	h.t.Helper()
	return h.encode(protocol.API1, function, args)
}

func (h *Host) encode(api protocol.APIVersion, function string, args any) *Result {
	h.t.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		h.t.Errorf("sdktest: the arguments of %s: %v", function, err)
	}
	return h.call(api, function, string(raw))
}

func (h *Host) call(api protocol.APIVersion, function, args string) *Result {
	h.t.Helper()
	h.before()
	r, err := h.invoke(h.t.Context(), api, h.modules[0].Name, function, json.RawMessage(args), 1)
	return newResult(h.t, h.modules[0].Name+"::"+function, r, err)
}

// callTime is the host's deadline for a call.
const callTime = 30 * time.Second

func (h *Host) invoke(
	ctx context.Context,
	api protocol.APIVersion,
	module, function string,
	args json.RawMessage,
	depth int,
) (*protocol.Result, error) {
	if depth > protocol.MaxDepth {
		return nil, sdk.Errorf(sdk.Invalid, "calls are nested more than %d deep", protocol.MaxDepth)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	deadline, _ := ctx.Deadline()
	return h.target.Invoke(ctx, &protocol.Call{
		ID: protocol.CallID(1<<32 | uint64(h.calls.Add(1))), Account: h.account,
		Module: module, Function: function, API: api, Args: args, Deadline: deadline,
		Host: &services{host: h, module: module, depth: depth, whole: api == protocol.WHM1},
	})
}

// services implements protocol.Services for one call.
type services struct {
	host   *Host
	module string
	depth  int
	whole  bool // the call may use every account's records
}

func (s *services) Storage() protocol.Storage { return s.host.store.of(s.module, s.host.account) }

func (s *services) Whole() protocol.Storage { return &whole{s.host.store, s.module, s.whole} }

func (s *services) Account(_ context.Context, name string) (*protocol.Account, error) {
	if name != "" {
		switch a := s.host.infos[name]; {
		case !s.whole:
			return nil, sdk.Errorf(sdk.Denied, "only a function of WHM API 1 may ask for another account")
		case a == nil:
			return nil, sdk.ErrNotFound
		default:
			return a, nil
		}
	}
	if a := s.host.infos[s.host.account]; a != nil {
		return a, nil
	}
	return &protocol.Account{Name: s.host.account, UID: -1, GID: -1}, nil
}

func (s *services) Invoke(ctx context.Context, module, function string, args json.RawMessage) (*protocol.Result, error) {
	return s.host.invoke(ctx, protocol.UAPI, module, function, args, s.depth+1)
}

// stores opens a storage for each module and account, once.
type stores struct {
	mu   sync.Mutex
	open func(module, account string) sdk.Storage
	all  map[[2]string]sdk.Storage
}

func (s *stores) of(module, account string) sdk.Storage {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.all[[2]string{module, account}]
	if found == nil {
		found = s.open(module, account)
		s.all[[2]string{module, account}] = found
	}
	return found
}

// accounts returns the accounts for which a module has a storage.
func (s *stores) accounts(module string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.all {
		if key[0] == module {
			names = append(names, key[1])
		}
	}
	return names
}

// logText is a buffer that can be read while it is written.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
