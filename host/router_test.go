package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
)

// served is a child that serves modules of the given names, with one function f.
type served struct {
	child
	names []string
}

func (s *served) Describe(context.Context) ([]protocol.Manifest, error) {
	var list []protocol.Manifest
	for _, name := range s.names {
		list = append(list, protocol.Manifest{Module: name, Functions: []protocol.Function{{Name: "f"}}})
	}
	return list, nil
}

// folderOf makes a folder of programs that serve modules; a program without any
// cannot be started. It returns a router of it, and what has been started.
func folderOf(t *testing.T, programs map[string][]string) (*router, *[]string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "modules")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name := range programs {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	started := new([]string)
	begin := func(_ context.Context, path string) (Child, error) {
		name := filepath.Base(path)
		*started = append(*started, name)
		if programs[name] == nil {
			return nil, protocol.Errorf(protocol.CodeUnavailable, "%s is broken", path)
		}
		s := &served{child: child{done: make(chan struct{})}, names: programs[name]}
		s.invoke = func(_ context.Context, c *protocol.Call) (*protocol.Result, error) {
			return &protocol.Result{Status: 1, Messages: []string{name}}, nil
		}
		return s, nil
	}
	open := func(path string) *process {
		return &process{path: path, begin: begin, now: time.Now, log: hclog.NewNullLogger()}
	}
	r, err := newRouter(folder, "", nil, open, (&Host{}).enter, time.Now, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	return r, started
}

func route1(t *testing.T, r *router, module, function string) (*protocol.Result, error) {
	t.Helper()
	return r.Invoke(context.Background(), &protocol.Call{Module: module, Function: function, API: protocol.UAPI})
}

// The program that has the module's name is started, and no other.
func TestRouterStartsTheNamesakeFirst(t *testing.T) {
	r, started := folderOf(t, map[string][]string{"a": {"A"}, "twofactorauth": {"TwoFactorAuth"}, "z": {"Z"}})
	result, err := route1(t, r, "TwoFactorAuth", "f")
	if err != nil || result.Status != 1 || !slices.Equal(*started, []string{"twofactorauth"}) {
		t.Errorf("got %+v, %v; started %v", result, err, *started)
	}
}

// W16: which program serves a module is what the program says, never its name.
func TestW16RouterBelievesPrograms(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"email": {"Park"}, "several": {"Email", "Quota"}})
	for module, program := range map[string]string{"Park": "email", "Email": "several", "Quota": "several"} {
		if result, err := route1(t, r, module, "f"); err != nil || len(result.Messages) != 1 || result.Messages[0] != program {
			t.Errorf("%s: got %+v, %v", module, result, err)
		}
	}
}

func TestW16RouterLeavesOutWhatIsNoName(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"../Email", "", "Good"}})
	manifests, err := r.Describe(context.Background())
	if err != nil || len(manifests) != 1 || manifests[0].Module != "Good" {
		t.Errorf("got %+v, %v", manifests, err)
	}
}

func TestTheFirstOfTwoProgramsKeepsTheName(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"Same"}, "b": {"Same"}})
	if _, err := r.Describe(context.Background()); err != nil {
		t.Fatal(err)
	}
	if result, err := route1(t, r, "Same", "f"); err != nil || result.Messages[0] != "a" {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestUnknownModuleAndFunction(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"A"}})
	result, err := route1(t, r, "Nowhere", "f")
	if err != nil || result.Status != 0 || !strings.Contains(result.Errors[0], "Can't locate Cpanel/API/Nowhere.pm in @INC") {
		t.Errorf("got %+v, %v", result, err)
	}
	result, err = route1(t, r, "A", "g")
	if err != nil || result.Status != 0 || result.Errors[0] != "The system could not find the function “g” in the module “A”." {
		t.Errorf("got %+v, %v", result, err)
	}
	api2 := &protocol.Call{Module: "A", Function: "f", API: protocol.API2}
	if result, err = r.Invoke(context.Background(), api2); err != nil || result.Status != 0 {
		t.Errorf("a UAPI function answers API 2: %+v, %v", result, err)
	}
}

// A module whose own program is broken is not an unknown one: callers would
// fall back to something else.
func TestBrokenProgramIsNotAnUnknownModule(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"email": nil, "a": {"A"}})
	_, err := route1(t, r, "Email", "f")
	if !errors.Is(err, protocol.ErrUnavailable) || !strings.Contains(err.Error(), "email is broken") {
		t.Errorf("got %v", err)
	}
	// It is in nobody's way.
	if result, err := route1(t, r, "A", "f"); err != nil || result.Status != 1 {
		t.Errorf("got %+v, %v", result, err)
	}
	if manifests, err := r.Describe(context.Background()); err == nil || len(manifests) != 1 {
		t.Errorf("the list hides a broken program: %+v, %v", manifests, err)
	}
}

func TestNewProgramIsFound(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"A"}, "b": {"B"}})
	late := filepath.Join(r.folder, "b")
	if err := os.Rename(late, filepath.Join(filepath.Dir(r.folder), "b")); err != nil {
		t.Fatal(err)
	}
	clock := time.Now()
	r.now = func() time.Time { return clock }
	if result, err := route1(t, r, "B", "f"); err != nil || result.Status != 0 {
		t.Fatalf("got %+v, %v", result, err)
	}
	if err := os.Rename(filepath.Join(filepath.Dir(r.folder), "b"), late); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(rescanPause)
	if result, err := route1(t, r, "B", "f"); err != nil || result.Status != 1 {
		t.Errorf("got %+v, %v", result, err)
	}
}
