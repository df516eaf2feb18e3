package call

import (
	"cmp"
	"context"
	"maps"
	"path/filepath"
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
	// If a program has the module's name, it is asked even when the Table has the
	// module of another program.
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
	claims  []*entry   // of all programs, also those whose name another one has
	warned  map[[3]string]bool
	entries atomic.Pointer[map[string]*entry]
}

// NewTable returns an empty Table, which logs the modules that it refuses.
func NewTable(log hclog.Logger) *Table {
	t := &Table{log: log, warned: make(map[[3]string]bool)}
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

// Named reports whether the program's file has the module's name, in any case.
func (r Route) Named(module string) bool {
	return r.File != "" && strings.EqualFold(filepath.Base(r.File), module)
}

// entry is one module of the table.
type entry struct {
	Route
	settled   atomic.Bool // no program that was not asked yet has the module's name
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

// precedence orders the claims to one name: the host itself, then the program with the
// module's name, then by the names of the programs.
func precedence(a, b *entry) int {
	rank := func(e *entry) int {
		switch {
		case e.File == "":
			return 0
		case e.Named(e.manifest.Module):
			return 1
		}
		return 2
	}
	return cmp.Or(rank(a)-rank(b), strings.Compare(a.File, b.File))
}

// Put replaces the modules of the route's program by those of manifests, in one
// atomic step. If two programs claim the same name, the order in which they were put
// does not matter: the program with that name has it, else the first by its own name.
func (t *Table) Put(to Route, manifests []protocol.Manifest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.claims = slices.DeleteFunc(t.claims, func(e *entry) bool { return to.File != "" && e.File == to.File })
	for _, manifest := range manifests {
		if !protocol.ValidModule(manifest.Module) {
			t.log.Error("a program serves a module whose name is invalid (W16); the module is left out",
				"file", to.File, "module", manifest.Module)
			continue
		}
		manifest = manifest.Complete()
		manifest.File = to.File
		e := &entry{Route: to, manifest: manifest, functions: make(map[signature]*protocol.Function)}
		e.settled.Store(to.File == "" || to.Named(manifest.Module))
		for i := range manifest.Functions {
			f := &manifest.Functions[i]
			e.functions[signature{f.Name, f.API}] = f
		}
		t.claims = append(t.claims, e)
	}
	slices.SortStableFunc(t.claims, precedence)
	next := make(map[string]*entry)
	for _, e := range t.claims {
		name := e.manifest.Module
		if first := next[name]; first != nil {
			t.warn(name, cmp.Or(first.File, "the host"), e.File)
			continue
		}
		next[name] = e
	}
	t.entries.Store(&next)
}

// warn logs once that two programs claim the same module. mu is held.
func (t *Table) warn(module, used, unused string) {
	if pair := [3]string{module, used, unused}; !t.warned[pair] {
		t.warned[pair] = true
		t.log.Warn("two programs serve the same module; one of them is used", "module", module, "used", used, "unused", unused)
	}
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
