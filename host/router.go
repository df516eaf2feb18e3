package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// rescanPause is how often the modules folder is looked at, at most, for the
// sake of names that are not in the table.
const rescanPause = time.Second

// router finds the module of a call in a table of loaded modules. A name that is
// not there yet starts, of the programs in the folder, first the one whose file
// has that name, and then the rest; which names a program serves is what the
// program says, and a path is never built from a name (W16).
type router struct {
	folder string
	open   func(path string) *process
	now    func() time.Time
	log    hclog.Logger
	gate   gate // what a call must pass before its module runs

	table atomic.Pointer[map[string]*route] // read without a lock, replaced under mu

	mu      sync.Mutex
	known   map[string]*process // by file
	scanned time.Time
	problem error // why the folder could not be read
}

// route is one entry of the table.
type route struct {
	module    protocol.Module
	manifest  protocol.Manifest
	functions map[signature]*protocol.Function
	file      string // "" for a module inside the host
}

// signature is what a function is found by: a module may have one name in
// several APIs.
type signature struct {
	name string
	api  protocol.APIVersion
}

func newRouter(folder string, builtin []protocol.Module, open func(string) *process, gate gate, now func() time.Time, log hclog.Logger) (*router, error) {
	r := &router{folder: folder, open: open, gate: gate, now: now, log: log, known: make(map[string]*process)}
	r.table.Store(&map[string]*route{})
	for _, m := range builtin {
		manifests, err := m.Describe(context.Background())
		if err != nil {
			return nil, err
		}
		r.enter(m, manifests, "")
	}
	return r, nil
}

// find returns the route of a module. Its errors are coded: CodeNotFound when no
// program serves it, with what is wrong with programs that cannot be asked;
// CodeUnavailable when its own program, or the folder, is of no use.
func (r *router) find(ctx context.Context, module string) (*route, error) {
	if found := (*r.table.Load())[module]; found != nil {
		return found, nil
	}
	return r.load(ctx, module)
}

// names turns names of a request into strings, without a copy when they are in the table.
func (r *router) names(module, function []byte, api protocol.APIVersion) (string, string) {
	if entry := (*r.table.Load())[string(module)]; entry != nil {
		if f := entry.functions[signature{string(function), api}]; f != nil {
			return entry.manifest.Module, f.Name
		}
	}
	return string(module), string(function)
}

// load looks for a module among the programs that are not in the table yet.
func (r *router) load(ctx context.Context, module string) (*route, error) {
	r.mu.Lock()
	r.scan()
	candidates := slices.Collect(maps.Values(r.known))
	slices.SortFunc(candidates, func(a, b *process) int {
		switch {
		case a.named(module) == b.named(module):
			return strings.Compare(a.path, b.path)
		case a.named(module):
			return -1
		}
		return 1
	})
	problem := r.problem
	r.mu.Unlock()

	if problem != nil {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "%s", problem)
	}
	var failures []string
	for _, p := range candidates {
		err := r.describe(ctx, p)
		if found := (*r.table.Load())[module]; found != nil {
			return found, nil
		}
		if err != nil && p.named(module) {
			return nil, err // the program is there and is of no use
		}
		if err != nil {
			failures = append(failures, err.Error())
		}
	}
	return nil, &protocol.Error{Code: protocol.CodeNotFound, Text: strings.Join(failures, "; ")}
}

// scan brings the list of programs up to date. mu is held.
func (r *router) scan() {
	if now := r.now(); now.Sub(r.scanned) >= rescanPause {
		r.scanned = now
	} else if len(r.known) > 0 {
		return
	}
	files, err := moduleFiles(r.folder)
	r.problem = err
	for _, path := range files {
		if r.known[path] == nil {
			r.known[path] = r.open(path)
		}
	}
}

// describe enters what a program serves into the table, once.
func (r *router) describe(ctx context.Context, p *process) error {
	if p.entered.Load() {
		return nil
	}
	manifests, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.entered.CompareAndSwap(false, true) {
		r.enter(p, manifests, p.path)
	}
	return nil
}

// enter adds a module's manifests to the table. Of two programs that claim one
// name the first keeps it. mu is held, or nobody else knows of r yet.
func (r *router) enter(m protocol.Module, manifests []protocol.Manifest, file string) {
	next := make(map[string]*route)
	for name, entry := range *r.table.Load() {
		next[name] = entry
	}
	for _, manifest := range manifests {
		switch first := next[manifest.Module]; {
		case !protocol.ValidModule(manifest.Module):
			r.log.Error("a program serves a module whose name is not valid (W16); it is left out", "file", file, "module", manifest.Module)
			continue
		case first != nil:
			r.log.Error("two programs serve the same module; the first is used", "module", manifest.Module, "first", first.file, "second", file)
			continue
		}
		entry := &route{module: m, manifest: manifest, file: file, functions: make(map[signature]*protocol.Function)}
		for i, f := range manifest.Functions {
			if f.API == 0 {
				manifest.Functions[i].API = protocol.UAPI
			}
			entry.functions[signature{f.Name, manifest.Functions[i].API}] = &manifest.Functions[i]
		}
		next[manifest.Module] = entry
	}
	r.table.Store(&next)
}

// Describe implements protocol.Module: it loads every program, and returns
// what the table then holds also when some could not be loaded.
func (r *router) Describe(ctx context.Context) ([]protocol.Manifest, error) {
	_, err := r.load(ctx, "") // nothing is called "", so all are asked
	if err.Error() == "" {
		err = nil
	}
	var all []protocol.Manifest
	for _, entry := range *r.table.Load() {
		all = append(all, entry.manifest)
	}
	slices.SortFunc(all, func(a, b protocol.Manifest) int { return strings.Compare(a.Module, b.Module) })
	return all, err
}

// Invoke implements protocol.Module.
func (r *router) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	found, err := r.find(ctx, call.Module)
	if protocol.CodeOf(err) == protocol.CodeNotFound {
		r.log.Warn("a module that is not there was called", "call", call.ID.String(), "module", call.Module, "folder", r.folder, "problems", err.Error())
		return protocol.Failed(uapi.UnknownModule(call.Module)), nil
	}
	if err != nil {
		return nil, err
	}
	f := found.functions[signature{call.Function, call.API}]
	if f == nil {
		return protocol.Failed(uapi.UnknownFunction(call.Function, call.Module)), nil
	}
	if refusal, err := r.gate(ctx, call, f); refusal != nil || err != nil {
		return refusal, err
	}
	return found.module.Invoke(ctx, call)
}

// close stops all processes, at the same time.
func (r *router) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for _, p := range r.known {
		wg.Go(func() {
			if err := p.close(); err != nil {
				err = fmt.Errorf("stop %s: %w", p.path, err)
				failed.Store(&err)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
