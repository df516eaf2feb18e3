package call

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
)

// Source finds what can be called beside the modules inside the host: programs of
// a folder, or whatever else serves modules. It puts what it finds into the Table
// that it was made with. Implementations are safe for concurrent use.
type Source interface {
	// Load looks for a module and returns once the Table has it, or once
	// everything that might serve it was asked; "" asks everything. Its error does
	// not say that the module was not found: the Table does. It is
	// [protocol.CodeUnavailable] when what should serve the module is there and
	// cannot be used, and says otherwise what else cannot be used.
	Load(ctx context.Context, module string) error

	// Close ends what was started; calls under way fail.
	Close() error
}

// nothing is the Source of a host that has only modules inside it.
type nothing struct{}

func (nothing) Load(context.Context, string) error { return nil }
func (nothing) Close() error                       { return nil }

// Table has everything that can be called. It is read without a lock and replaced
// as a whole; all methods are safe for concurrent use.
type Table struct {
	log     hclog.Logger
	mu      sync.Mutex // of those who replace it
	entries atomic.Pointer[map[string]*entry]
}

// NewTable returns an empty Table, which says in log what it does not take.
func NewTable(log hclog.Logger) *Table {
	t := &Table{log: log}
	t.entries.Store(&map[string]*entry{})
	return t
}

// Route says where calls of modules go.
type Route struct {
	Module protocol.Module
	File   string // the program that it is; "" for a module inside the host

	// Confirm has the program say itself what it serves, which puts it into the
	// Table anew; nil when it has said so. No call is let in before.
	Confirm func(context.Context) error
}

// entry is one module of the table.
type entry struct {
	Route
	manifest  protocol.Manifest
	functions map[signature]*protocol.Function
}

// signature is what a function is found by: a module may have one name in
// several APIs.
type signature struct {
	name string
	api  protocol.APIVersion
}

func (e *entry) function(name string, api protocol.APIVersion) *protocol.Function {
	return e.functions[signature{name, api}]
}

// Put puts manifests into the table, each with this route, in the place of what
// was there of the same program, all at once. Of two programs that claim one name
// the first keeps it.
func (t *Table) Put(to Route, manifests []protocol.Manifest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := maps.Clone(*t.entries.Load())
	maps.DeleteFunc(next, func(_ string, e *entry) bool { return to.File != "" && e.File == to.File })
	for _, manifest := range manifests {
		switch first := next[manifest.Module]; {
		case !protocol.ValidModule(manifest.Module):
			t.log.Error("a program serves a module whose name is not valid (W16); it is left out", "file", to.File, "module", manifest.Module)
			continue
		case first != nil:
			t.log.Error("two programs serve the same module; the first is used", "module", manifest.Module, "first", first.File, "second", to.File)
			continue
		}
		manifest = manifest.Complete()
		manifest.File = to.File
		e := &entry{Route: to, manifest: manifest, functions: make(map[signature]*protocol.Function)}
		for i := range manifest.Functions {
			f := &manifest.Functions[i]
			e.functions[signature{f.Name, f.API}] = f
		}
		next[manifest.Module] = e
	}
	t.entries.Store(&next)
}

// Has reports whether the table has a module of this name.
func (t *Table) Has(module string) bool { return t.find(module) != nil }

func (t *Table) find(module string) *entry { return (*t.entries.Load())[module] }

// names turns names of a request into strings, without a copy when they are known.
func (t *Table) names(module, function []byte, api protocol.APIVersion) (string, string) {
	if e := (*t.entries.Load())[string(module)]; e != nil {
		if f := e.functions[signature{string(function), api}]; f != nil {
			return e.manifest.Module, f.Name
		}
	}
	return string(module), string(function)
}

// manifests are those of all modules, sorted by name.
func (t *Table) manifests() []protocol.Manifest {
	var all []protocol.Manifest
	for _, e := range *t.entries.Load() {
		all = append(all, e.manifest)
	}
	slices.SortFunc(all, func(a, b protocol.Manifest) int { return strings.Compare(a.Module, b.Module) })
	return all
}

// first is the first function, by its module's name, that is wanted; nil when none is.
func (t *Table) first(wanted func(*protocol.Function) bool) (module string, f *protocol.Function) {
	entries := *t.entries.Load()
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		functions := entries[name].manifest.Functions
		for i := range functions {
			if wanted(&functions[i]) {
				return name, &functions[i]
			}
		}
	}
	return "", nil
}
