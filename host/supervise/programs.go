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

// rescanPause is the shortest time between two scans of the modules folder for
// names that are not in the table.
const rescanPause = time.Second

// Config says which programs there are and how they are started.
type Config struct {
	Folder  string                                                // of the programs
	Catalog string                                                // the file that stores what programs serve; "": no file
	Start   func(ctx context.Context, path string) (Child, error) // starts a program; nil: the host starts no programs
	Table   *call.Table                                           // gets the manifests of the programs
	Now     func() time.Time                                      // nil: time.Now
	Log     hclog.Logger                                          // nil: no log
}

// Programs supervises the programs of a folder. To find a module, it first asks
// the program whose file has the module's name, and then the others. It implements
// [call.Source].
type Programs struct {
	cfg Config

	mu      sync.Mutex
	catalog catalog
	known   map[string]*process // by file
	scanned time.Time
	problem error // why the folder could not be read
}

// New returns Programs. It neither reads the folder nor starts a program before
// [Programs.Load].
func New(cfg Config) *Programs {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = hclog.NewNullLogger()
	}
	if cfg.Start == nil {
		cfg.Start = func(_ context.Context, path string) (Child, error) {
			return nil, protocol.Errorf(protocol.CodeUnavailable, "this host starts no programs: %s", path)
		}
	}
	return &Programs{cfg: cfg, catalog: catalog{path: cfg.Catalog, log: cfg.Log}, known: make(map[string]*process)}
}

// Load implements [call.Source]. Its error says what is wrong with the module's
// own program or with the folder ([protocol.CodeUnavailable]), or with other
// programs, which could not be asked ([protocol.CodeNotFound]).
func (p *Programs) Load(ctx context.Context, module string) error {
	candidates, err := p.candidates(module)
	if err != nil && !p.cfg.Table.Has(module) {
		return protocol.Errorf(protocol.CodeUnavailable, "%s", err)
	}
	var unusable []string
	for _, program := range candidates {
		own := program.named(module)
		if !own && p.cfg.Table.Has(module) {
			return nil
		}
		err := hear(ctx, program)
		if err != nil && own {
			return err // the module's own program exists and cannot be used
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

// candidates returns the programs that may serve a module, first the one with the
// module's name.
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

// scan updates the list of programs from the folder. mu is held.
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

// hear asks a program what it serves, unless the table already has its manifests.
func hear(ctx context.Context, program *process) error {
	if program.entered.Load() {
		return nil
	}
	return program.confirm(ctx)
}

// learn puts a program's manifests into the table. If the program had other
// manifests before, waiting calls were admitted by those: they fail, and later
// calls are checked by the new manifests.
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

// Close implements [call.Source]: it stops all processes in parallel.
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
