package host

import (
	"context"
	"fmt"
	"maps"
	"reflect"
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
	enter  entrance // where a call whose function was found goes

	table atomic.Pointer[map[string]*route] // read without a lock, replaced under mu

	mu      sync.Mutex
	catalog catalog
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

	// unheard is the program when it has not said itself yet what it serves, and
	// the catalog has: nil otherwise.
	unheard *process
}

// signature is what a function is found by: a module may have one name in
// several APIs.
type signature struct {
	name string
	api  protocol.APIVersion
}

func newRouter(folder, catalogFile string, builtin []protocol.Module, open func(string) *process, enter entrance, now func() time.Time, log hclog.Logger) (*router, error) {
	r := &router{folder: folder, open: open, enter: enter, now: now, log: log, known: make(map[string]*process)}
	r.catalog = catalog{path: catalogFile, log: log}
	r.table.Store(&map[string]*route{})
	for _, m := range builtin {
		manifests, err := m.Describe(context.Background())
		if err != nil {
			return nil, err
		}
		r.put(&route{module: m}, manifests)
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
	if found := (*r.table.Load())[module]; found != nil {
		return found, nil // by the catalog
	}
	for _, p := range candidates {
		err := r.hear(ctx, p)
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
		if r.known[path] != nil {
			continue
		}
		p := r.open(path)
		p.learn = r.learn
		r.known[path] = p
		if manifests, ok := r.catalog.manifests(path); ok {
			r.put(&route{module: p, file: path, unheard: p}, manifests)
			p.entered.Store(true)
		}
	}
}

// hear has a program say what it serves, unless it is in the table already.
func (r *router) hear(ctx context.Context, p *process) error {
	if p.entered.Load() {
		return nil
	}
	_, err := p.running(ctx)
	return err
}

// learn enters what a program says that it serves. When it has said something
// else before, that was what calls were let in by: these fail, and the next ones
// are judged anew.
func (r *router) learn(p *process, manifests []protocol.Manifest) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := p.said
	if before != nil && reflect.DeepEqual(before, manifests) {
		return nil
	}
	p.said = slices.Clone(manifests)
	r.put(&route{module: p, file: p.path}, manifests)
	r.catalog.remember(p.path, manifests)
	p.entered.Store(true)
	if before != nil {
		return protocol.Errorf(protocol.CodeUnavailable, "the program %s has been replaced by one with other functions", p.path)
	}
	return nil
}

// complete writes out what a manifest may leave out.
func complete(m *protocol.Manifest) {
	m.Functions = slices.Clone(m.Functions)
	for i := range m.Functions {
		if m.Functions[i].API == 0 {
			m.Functions[i].API = protocol.UAPI
		}
	}
}

// put puts manifests into the table, each with a route like the given one, in
// the place of what was there of the same program, all at once. Of two programs
// that claim one name the first keeps it. mu is held, or nobody else knows of r yet.
func (r *router) put(to *route, manifests []protocol.Manifest) {
	next := maps.Clone(*r.table.Load())
	maps.DeleteFunc(next, func(_ string, entry *route) bool { return to.file != "" && entry.file == to.file })
	for _, manifest := range manifests {
		switch first := next[manifest.Module]; {
		case !protocol.ValidModule(manifest.Module):
			r.log.Error("a program serves a module whose name is not valid (W16); it is left out", "file", to.file, "module", manifest.Module)
			continue
		case first != nil:
			r.log.Error("two programs serve the same module; the first is used", "module", manifest.Module, "first", first.file, "second", to.file)
			continue
		}
		complete(&manifest)
		entry := *to
		entry.manifest, entry.functions = manifest, make(map[signature]*protocol.Function)
		for i := range manifest.Functions {
			f := &manifest.Functions[i]
			entry.functions[signature{f.Name, f.API}] = f
		}
		next[manifest.Module] = &entry
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
	if call.API == protocol.WHM1 && call.Module == "" {
		if call.Module = r.serves(ctx, call.Function); call.Module == "" {
			return protocol.Failed(uapi.UnknownCommand(call.Function)), nil
		}
	}
	found, err := r.find(ctx, call.Module)
	if protocol.CodeOf(err) == protocol.CodeNotFound {
		r.log.Warn("a module that is not there was called", "call", call.ID.String(), "module", call.Module, "folder", r.folder, "problems", err.Error())
		return protocol.Failed(uapi.UnknownModule(call.Module)), nil
	}
	if err != nil {
		return nil, err
	}
	if found.unheard != nil { // no gate is opened by hearsay
		if _, err := found.unheard.running(ctx); err != nil {
			return nil, err
		}
		return r.Invoke(ctx, call)
	}
	f := found.functions[signature{call.Function, call.API}]
	if f == nil {
		return protocol.Failed(uapi.UnknownFunction(call.Function, call.Module)), nil
	}
	return r.enter(ctx, found.module, call, f)
}

// serves returns the module that has a function of WHM API 1, the first by name
// of several, or "". When none in the table has it, every program is asked.
func (r *router) serves(ctx context.Context, function string) (module string) {
	look := func() string {
		table := *r.table.Load()
		for _, name := range slices.Sorted(maps.Keys(table)) {
			if table[name].functions[signature{function, protocol.WHM1}] != nil {
				return name
			}
		}
		return ""
	}
	if module = look(); module == "" {
		if _, err := r.load(ctx, ""); err.Error() != "" {
			r.log.Warn("not every program could be asked for a function of WHM API 1", "function", function, "problems", err.Error())
		}
		module = look()
	}
	return module
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
