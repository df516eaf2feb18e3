package supervise

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/protocol"
)

// rescanPause is how often the modules folder is looked at, at most, for the
// sake of names that are not in the table.
const rescanPause = time.Second

// Config says which programs there are and how they are started.
type Config struct {
	Folder  string                                                // of the programs
	Catalog string                                                // the file that remembers what programs serve; "": none does
	Start   func(ctx context.Context, path string) (Child, error) // starts a program; nil: none is started
	Table   *call.Table                                           // where to put what they serve
	Now     func() time.Time                                      // nil: time.Now
	Log     hclog.Logger                                          // nil: none
}

// Programs supervises the programs of a folder. Of a module that is looked for,
// the program whose file has its name is asked first, and then the rest. It
// implements [call.Source].
type Programs struct {
	cfg Config

	mu      sync.Mutex
	catalog catalog
	known   map[string]*process // by file
	scanned time.Time
	problem error // why the folder could not be read
}

// New returns Programs. It looks at no folder and starts nothing before [Programs.Load].
func New(cfg Config) *Programs {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = hclog.NewNullLogger()
	}
	if cfg.Start == nil {
		cfg.Start = func(_ context.Context, path string) (Child, error) {
			return nil, protocol.Errorf(protocol.CodeUnavailable, "this host starts no programs, so not %s either", path)
		}
	}
	return &Programs{cfg: cfg, catalog: catalog{path: cfg.Catalog, log: cfg.Log}, known: make(map[string]*process)}
}

// Load implements [call.Source]. Its error is what is wrong with the module's own
// program or with the folder ([protocol.CodeUnavailable]), or with the others
// that could not be asked ([protocol.CodeNotFound]).
func (p *Programs) Load(ctx context.Context, module string) error {
	candidates, err := p.candidates(module)
	if err != nil {
		return protocol.Errorf(protocol.CodeUnavailable, "%s", err)
	}
	var unusable []string
	for _, program := range candidates {
		if p.cfg.Table.Has(module) {
			return nil
		}
		err := hear(ctx, program)
		if err != nil && program.named(module) && !p.cfg.Table.Has(module) {
			return err // the program is there and is of no use
		}
		if err != nil {
			unusable = append(unusable, err.Error())
		}
	}
	if len(unusable) == 0 {
		return nil
	}
	return &protocol.Error{Code: protocol.CodeNotFound, Text: strings.Join(unusable, "; ")}
}

// candidates are the programs that may serve a module, the one of its name first.
func (p *Programs) candidates(module string) ([]*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scan()
	return slices.SortedFunc(maps.Values(p.known), func(a, b *process) int {
		switch {
		case a.named(module) == b.named(module):
			return strings.Compare(a.path, b.path)
		case a.named(module):
			return -1
		}
		return 1
	}), p.problem
}

// scan brings the list of programs up to date. mu is held.
func (p *Programs) scan() {
	if now := p.cfg.Now(); now.Sub(p.scanned) >= rescanPause {
		p.scanned = now
	} else if len(p.known) > 0 {
		return
	}
	files, err := moduleFiles(p.cfg.Folder)
	p.problem = err
	for _, path := range files {
		if p.known[path] != nil {
			continue
		}
		program := &process{path: path, begin: p.cfg.Start, learn: p.learn, now: p.cfg.Now, log: p.cfg.Log}
		p.known[path] = program
		if manifests, ok := p.catalog.manifests(path); ok {
			p.cfg.Table.Put(call.Route{Module: program, File: path, Confirm: program.confirm}, manifests)
			program.entered.Store(true)
		}
	}
}

// hear has a program say what it serves, unless it is in the table already.
func hear(ctx context.Context, program *process) error {
	if program.entered.Load() {
		return nil
	}
	return program.confirm(ctx)
}

// learn enters what a program says that it serves. When it has said something
// else before, that was what calls were let in by: these fail, and the next ones
// are judged anew.
func (p *Programs) learn(program *process, manifests []protocol.Manifest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := program.said
	if before != nil && reflect.DeepEqual(before, manifests) {
		return nil
	}
	program.said = slices.Clone(manifests)
	p.cfg.Table.Put(call.Route{Module: program, File: program.path}, manifests)
	p.catalog.remember(program.path, manifests)
	program.entered.Store(true)
	if before != nil {
		return protocol.Errorf(protocol.CodeUnavailable, "the program %s has been replaced by one with other functions", program.path)
	}
	return nil
}

// Close implements [call.Source]: it stops all processes, at the same time.
func (p *Programs) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	failures := make([]error, len(p.known))
	var stopping sync.WaitGroup
	for i, program := range slices.Collect(maps.Values(p.known)) {
		stopping.Go(func() {
			if err := program.close(); err != nil {
				failures[i] = fmt.Errorf("stop %s: %w", program.path, err)
			}
		})
	}
	stopping.Wait()
	return errors.Join(failures...)
}
