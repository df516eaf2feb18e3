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

// Source finds modules outside the host, such as the programs of a folder. It puts
// what it finds into the Table that it was made with. Implementations are safe for
// concurrent use.
type Source interface {
	// Load looks for a module. It returns once the Table has the module, or once
	// every program that might serve it was asked; "" asks all programs.
	// A module that was not found is no error: look into the Table. The error is
	// [protocol.CodeUnavailable] when the module's own program exists and cannot
	// be used; any other error lists other programs that cannot be used.
	Load(ctx context.Context, module string) error

	// Close stops what Load has started; calls under way fail.
	Close() error
}

// nothing is the Source of a host that has only modules inside it.
type nothing struct{}

func (nothing) Load(context.Context, string) error { return nil }
func (nothing) Close() error                       { return nil }

// Table lists all modules that can be called. It is read without a lock and
// replaced as a whole; all methods are safe for concurrent use.
type Table struct {
	log     hclog.Logger
	mu      sync.Mutex // held while entries is replaced
	entries atomic.Pointer[map[string]*entry]
}

// NewTable returns an empty Table, which logs the modules that it refuses.
func NewTable(log hclog.Logger) *Table {
	t := &Table{log: log}
	t.entries.Store(&map[string]*entry{})
	return t
}

// Route says where calls of modules go.
type Route struct {
	Module protocol.Module
	File   string // the program; "" for a module inside the host

	// Confirm asks the program what it serves and replaces its entries in the
	// Table; nil when the program has already said so. No call may run before.
	Confirm func(context.Context) error
}

// entry is one module of the table.
type entry struct {
	Route
	manifest  protocol.Manifest
	functions map[signature]*protocol.Function
}

// signature is the key of a function: a module may have functions of the same name
// in several APIs.
type signature struct {
	name string
	api  protocol.APIVersion
}

func (e *entry) function(name string, api protocol.APIVersion) *protocol.Function {
	return e.functions[signature{name, api}]
}

// Put replaces the modules of the route's program by those of manifests, in one
// atomic step. If two programs claim the same name, the first keeps it.
func (t *Table) Put(to Route, manifests []protocol.Manifest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := maps.Clone(*t.entries.Load())
	maps.DeleteFunc(next, func(_ string, e *entry) bool { return to.File != "" && e.File == to.File })
	for _, manifest := range manifests {
		switch first := next[manifest.Module]; {
		case !protocol.ValidModule(manifest.Module):
			t.log.Error("a program serves a module whose name is invalid (W16); the module is left out",
				"file", to.File, "module", manifest.Module)
			continue
		case first != nil:
			t.log.Error("two programs serve the same module; the first is used",
				"module", manifest.Module, "first", first.File, "second", to.File)
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

// names turns the names of a request into strings, without a copy when the table
// has them.
func (t *Table) names(module, function []byte, api protocol.APIVersion) (string, string) {
	if e := (*t.entries.Load())[string(module)]; e != nil {
		if f := e.functions[signature{string(function), api}]; f != nil {
			return e.manifest.Module, f.Name
		}
	}
	return string(module), string(function)
}

// manifests returns the manifests of all modules, sorted by name.
func (t *Table) manifests() []protocol.Manifest {
	var all []protocol.Manifest
	for _, e := range *t.entries.Load() {
		all = append(all, e.manifest)
	}
	slices.SortFunc(all, func(a, b protocol.Manifest) int { return strings.Compare(a.Module, b.Module) })
	return all
}

// first returns the first function that is wanted, in the order of module names;
// nil when the table has none.
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
