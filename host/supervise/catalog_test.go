package supervise

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liveapi.host/host/call"
	"liveapi.host/protocol"
)

// again returns a new host with the same programs and catalog, whose programs may
// now serve other modules, and the list of programs that it has started.
func again(t *testing.T, old folder, catalogFile string, programs map[string][]protocol.Manifest, change ...func(*call.Config)) (folder,
	*[]string) {
	t.Helper()
	started := new([]string)
	begin := func(_ context.Context, path string) (Child, error) {
		name := filepath.Base(path)
		*started = append(*started, name)
		if programs[name] == nil {
			return nil, protocol.Errorf(protocol.CodeUnavailable, "%s is broken", path)
		}
		s := &says{child: child{done: make(chan struct{})}, manifests: programs[name]}
		s.invoke = func(context.Context, *protocol.Call) (*protocol.Result, error) {
			return &protocol.Result{Status: 1, Messages: []string{name}}, nil
		}
		return s, nil
	}
	return newFolder(t, Config{Folder: old.cfg.Folder, Catalog: catalogFile, Start: begin}, change...), started
}

// says is a child with its own manifests.
type says struct {
	child
	manifests []protocol.Manifest
}

func (s *says) Describe(context.Context) ([]protocol.Manifest, error) { return s.manifests, nil }

func serves(modules ...string) (list []protocol.Manifest) {
	for _, m := range modules {
		list = append(list, protocol.Manifest{Module: m, Functions: []protocol.Function{{Name: "f", API: protocol.UAPI}}})
	}
	return list
}

func TestCatalogSparesStarts(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One", "Uno"}, "two": {"Two"}})
	file := filepath.Join(t.TempDir(), "state", "modules.json")
	programs := map[string][]protocol.Manifest{"one": serves("One", "Uno"), "two": serves("Two")}

	r, started := again(t, first, file, programs)
	if got := r.ask(t, "Nobody", "f"); got.Status != 0 || len(*started) != 2 {
		t.Fatalf("%+v, started %v: without a catalog every program is asked", got, *started)
	}
	r, started = again(t, first, file, programs)
	if got := r.ask(t, "Nobody", "f"); !strings.Contains(got.Errors[0], "Failed to load module “Nobody”") || len(*started) != 0 {
		t.Errorf("%+v, started %v: the catalog shows that no program serves it", got, *started)
	}
	if names, err := r.modules(t); err != nil || len(names) != 3 || len(*started) != 0 {
		t.Errorf("%q, %v, started %v", names, err, *started)
	}
	if got := r.ask(t, "Uno", "f"); !slices.Equal(got.Messages, []string{"one"}) || !slices.Equal(*started, []string{"one"}) {
		t.Errorf("%+v, started %v; want only the program that serves the module", got, *started)
	}

	if err := os.WriteFile(filepath.Join(first.cfg.Folder, "two"), []byte("new"), 0o755); err != nil {
		t.Fatal(err)
	}
	programs["two"] = serves("Three")
	r, started = again(t, first, file, programs)
	if got := r.ask(t, "Three", "f"); got.Status != 1 || !slices.Equal(*started, []string{"two"}) {
		t.Errorf("%+v, started %v; want the program whose file has changed", got, *started)
	}
}

// A host does not write the catalog when nothing in it has changed.
func TestCatalogIsWrittenOnce(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	file := filepath.Join(t.TempDir(), "modules.json")
	full := serves("One")
	full[0].Functions = append(full[0].Functions, protocol.Function{
		Name: "g", API: protocol.API2, NeedsFeature: "x", AllowDemo: true, Params: []protocol.Field{{Name: "p", List: true}},
		Returns: protocol.Field{Type: protocol.TypeObject, List: true, Fields: []protocol.Field{{Name: "r", Secret: true}}},
	})
	programs := map[string][]protocol.Manifest{"one": full}
	var written fileState
	for n := range 3 {
		r, _ := again(t, first, file, programs)
		if got := r.ask(t, "One", "f"); got.Status != 1 {
			t.Fatalf("%+v", got)
		}
		now, err := stateOf(file)
		if err != nil || n > 0 && now != written {
			t.Errorf("start %d wrote it again: %v", n+1, err)
		}
		written = now
	}
}

// The manifest of the running program decides whether a call may be made, not the
// one in the catalog.
func TestUSection4CatalogOpensNoGate(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	file := filepath.Join(t.TempDir(), "modules.json")
	programs := map[string][]protocol.Manifest{"one": serves("One", "Gone")}
	r, _ := again(t, first, file, programs)
	r.ask(t, "One", "f")

	gated := serves("One")
	gated[0].Functions[0].NeedsFeature = "x"
	programs["one"] = gated // the file has not changed: the program may read its environment
	r, _ = again(t, first, file, programs, func(c *call.Config) { c.Accounts = bare{} })
	if got := r.ask(t, "One", "f"); got.Status != 0 || got.Errors[0] != "You do not have the feature “x”." {
		t.Errorf("%+v", got)
	}
	if got := r.ask(t, "Gone", "f"); got.Status != 0 || !strings.Contains(got.Errors[0], "Failed to load module “Gone”") {
		t.Errorf("%+v", got)
	}
}

// A call that was admitted by a program's old manifest is not sent to the
// restarted program when its manifest has changed.
func TestReplacedProgramIsJudgedAnew(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	programs := map[string][]protocol.Manifest{"one": serves("One")}
	r, _ := again(t, first, "", programs)
	if got := r.ask(t, "One", "f"); got.Status != 1 {
		t.Fatalf("%+v", got)
	}
	p := r.known[filepath.Join(r.cfg.Folder, "one")]
	p.child.(*says).die()
	programs["one"] = serves("One", "New")
	if got := r.ask(t, "One", "f"); got.Status != 0 || !strings.Contains(got.Errors[0], "has been replaced by one with other functions. The call had no effect") {
		t.Errorf("%+v", got)
	}
	for _, module := range []string{"One", "New"} {
		if got := r.ask(t, module, "f"); got.Status != 1 {
			t.Errorf("%s: %+v", module, got)
		}
	}
}

// A program that restarts with the same manifests keeps working, also when some of
// them are not in the table because the name is taken or invalid.
func TestRestartOfAProgramThatSharesAName(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}, "two": {"Two"}})
	programs := map[string][]protocol.Manifest{"one": serves("One"), "two": serves("Two", "One", "not a name")}
	r, started := again(t, first, "", programs)
	r.ask(t, "Nobody", "f")
	for n := range 3 {
		if got := r.ask(t, "Two", "f"); got.Status != 1 || len(*started) != 2+n {
			t.Fatalf("life %d: %+v, started %v", n+1, got, *started)
		}
		p := r.known[filepath.Join(r.cfg.Folder, "two")]
		p.child.(*says).die()
		p.deaths = nil // no back-off in this test
	}
}

func TestUnusableCatalogFiles(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	programs := map[string][]protocol.Manifest{"one": serves("One")}
	for name, spoil := range map[string]func(file string) error{
		"invalid JSON":      func(file string) error { return os.WriteFile(file, []byte("{"), 0o600) },
		"another format":    func(file string) error { return os.WriteFile(file, []byte(`{"form":99,"programs":{}}`), 0o600) },
		"open to everybody": func(file string) error { return os.Chmod(file, 0o666) },
		"a folder":          func(file string) error { os.Remove(file); return os.Mkdir(file, 0o700) },
	} {
		file := filepath.Join(t.TempDir(), "modules.json")
		r, _ := again(t, first, file, programs)
		r.ask(t, "One", "f")
		if err := spoil(file); err != nil {
			t.Fatal(err)
		}
		r, started := again(t, first, file, programs)
		if got := r.ask(t, "One", "f"); got.Status != 1 || len(*started) != 1 {
			t.Errorf("%s: %+v, started %v", name, got, *started)
		}
	}
}

// bare is a source of accounts that have no features.
type bare struct{}

func (bare) Account(_ context.Context, name string) (*protocol.Account, error) {
	return &protocol.Account{Name: name, Features: protocol.Features{Only: []string{}}}, nil
}
