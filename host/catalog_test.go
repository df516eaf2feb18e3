package host

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
)

// again is a new host on the same programs and catalog; its programs may serve
// something else now.
func again(t *testing.T, old *router, catalogFile string, programs map[string][]protocol.Manifest) (*router, *[]string) {
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
	open := func(path string) *process {
		return &process{path: path, begin: begin, now: time.Now, log: hclog.NewNullLogger()}
	}
	r, err := newRouter(old.folder, catalogFile, nil, open, (&Host{}).enter, time.Now, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	return r, started
}

// says is a child with manifests of its own.
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
	if got, err := route1(t, r, "Nobody", "f"); err != nil || got.Status != 0 || len(*started) != 2 {
		t.Fatalf("%+v, %v, started %v: without a catalog every program is asked", got, err, *started)
	}
	r, started = again(t, first, file, programs)
	if got, err := route1(t, r, "Nobody", "f"); err != nil || !strings.Contains(got.Errors[0], "Failed to load module “Nobody”") || len(*started) != 0 {
		t.Errorf("%+v, %v, started %v: the catalog knows that nobody serves it", got, err, *started)
	}
	if manifests, err := r.Describe(t.Context()); err != nil || len(manifests) != 3 || len(*started) != 0 {
		t.Errorf("%+v, %v, started %v", manifests, err, *started)
	}
	if got, err := route1(t, r, "Uno", "f"); err != nil || !slices.Equal(got.Messages, []string{"one"}) || !slices.Equal(*started, []string{"one"}) {
		t.Errorf("%+v, %v, started %v: only the program that serves it", got, err, *started)
	}

	if err := os.WriteFile(filepath.Join(first.folder, "two"), []byte("new"), 0o755); err != nil {
		t.Fatal(err)
	}
	programs["two"] = serves("Three")
	r, started = again(t, first, file, programs)
	if got, err := route1(t, r, "Three", "f"); err != nil || got.Status != 1 || !slices.Equal(*started, []string{"two"}) {
		t.Errorf("%+v, %v, started %v: a file that has changed is asked", got, err, *started)
	}
}

// A host that learns nothing new leaves the catalog alone.
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
		if got, err := route1(t, r, "One", "f"); err != nil || got.Status != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		now, err := stateOf(file)
		if err != nil || n > 0 && now != written {
			t.Errorf("start %d wrote it again: %v", n+1, err)
		}
		written = now
	}
}

// What the catalog says is hearsay: a call is judged by what the program says.
func TestUSection4CatalogOpensNoGate(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	file := filepath.Join(t.TempDir(), "modules.json")
	programs := map[string][]protocol.Manifest{"one": serves("One", "Gone")}
	r, _ := again(t, first, file, programs)
	route1(t, r, "One", "f")

	gated := serves("One")
	gated[0].Functions[0].NeedsFeature = "x"
	programs["one"] = gated // of the same file: it looks into its environment, say
	r, _ = again(t, first, file, programs)
	r.enter = func(ctx context.Context, m protocol.Module, call *protocol.Call, f *protocol.Function) (*protocol.Result, error) {
		if f.NeedsFeature != "" {
			return protocol.Failed("gated"), nil
		}
		return m.Invoke(ctx, call)
	}
	if got, err := route1(t, r, "One", "f"); err != nil || got.Status != 0 || got.Errors[0] != "gated" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := route1(t, r, "Gone", "f"); err != nil || got.Status != 0 || !strings.Contains(got.Errors[0], "Failed to load module “Gone”") {
		t.Errorf("%+v, %v", got, err)
	}
}

// A program that comes back with other functions gets no call that was let in by the old ones.
func TestReplacedProgramIsJudgedAnew(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	programs := map[string][]protocol.Manifest{"one": serves("One")}
	r, _ := again(t, first, "", programs)
	if got, err := route1(t, r, "One", "f"); err != nil || got.Status != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	p := r.known[filepath.Join(r.folder, "one")]
	p.child.(*says).die()
	programs["one"] = serves("One", "New")
	if got, err := route1(t, r, "One", "f"); protocol.CodeOf(err) != protocol.CodeUnavailable || !strings.Contains(err.Error(), "has been replaced") {
		t.Errorf("%+v, %v", got, err)
	}
	for _, module := range []string{"One", "New"} {
		if got, err := route1(t, r, module, "f"); err != nil || got.Status != 1 {
			t.Errorf("%s: %+v, %v", module, got, err)
		}
	}
}

// A program that comes back with what it served before is taken, also when part of
// that is not in the table: another program has the name, or it is none.
func TestRestartOfAProgramThatSharesAName(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}, "two": {"Two"}})
	programs := map[string][]protocol.Manifest{"one": serves("One"), "two": serves("Two", "One", "not a name")}
	r, started := again(t, first, "", programs)
	route1(t, r, "Nobody", "f")
	for n := range 3 {
		if got, err := route1(t, r, "Two", "f"); err != nil || got.Status != 1 || len(*started) != 2+n {
			t.Fatalf("life %d: %+v, %v, started %v", n+1, got, err, *started)
		}
		p := r.known[filepath.Join(r.folder, "two")]
		p.child.(*says).die()
		p.deaths = nil // the back-off is not what is looked at here
	}
}

func TestCatalogFilesThatAreOfNoUse(t *testing.T) {
	first, _ := folderOf(t, map[string][]string{"one": {"One"}})
	programs := map[string][]protocol.Manifest{"one": serves("One")}
	for name, spoil := range map[string]func(file string) error{
		"no JSON":           func(file string) error { return os.WriteFile(file, []byte("{"), 0o600) },
		"another form":      func(file string) error { return os.WriteFile(file, []byte(`{"form":99,"programs":{}}`), 0o600) },
		"open to everybody": func(file string) error { return os.Chmod(file, 0o666) },
		"a folder":          func(file string) error { os.Remove(file); return os.Mkdir(file, 0o700) },
	} {
		file := filepath.Join(t.TempDir(), "modules.json")
		r, _ := again(t, first, file, programs)
		route1(t, r, "One", "f")
		if err := spoil(file); err != nil {
			t.Fatal(err)
		}
		r, started := again(t, first, file, programs)
		if got, err := route1(t, r, "One", "f"); err != nil || got.Status != 1 || len(*started) != 1 {
			t.Errorf("%s: %+v, %v, started %v", name, got, err, *started)
		}
	}
}
