package supervise

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
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

// folder is a host with the programs of a folder.
type folder struct {
	*call.Host
	*Programs
}

func (f folder) Close() error { return f.Host.Close() }

// newFolder returns a host with the programs of cfg.
func newFolder(t *testing.T, cfg Config, change ...func(*call.Config)) folder {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = hclog.NewNullLogger()
	}
	cfg.Table = call.NewTable(cfg.Log)
	f := folder{Programs: New(cfg)}
	core := call.Config{Table: cfg.Table, Source: f.Programs}
	for _, c := range change {
		c(&core)
	}
	var err error
	if f.Host, err = call.New(core); err != nil {
		t.Fatal(err)
	}
	return f
}

// folderOf makes a folder of programs that serve the given modules; a program
// without modules cannot be started. It returns a host with the folder, and the list
// of programs that it has started.
func folderOf(t *testing.T, programs map[string][]string) (folder, *[]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "modules")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	for name := range programs {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o755); err != nil {
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
	return newFolder(t, Config{Folder: path, Start: begin}), started
}

// ask makes a call of UAPI.
func (f folder) ask(t *testing.T, module, function string) *protocol.Result {
	t.Helper()
	return f.askOf(t, protocol.UAPI, module, function)
}

func (f folder) askOf(t *testing.T, api protocol.APIVersion, module, function string) *protocol.Result {
	t.Helper()
	c := f.NewCall(call.Caller{Account: "alice"})
	c.Module, c.Function, c.API = module, function, api
	result, err := f.Host.Invoke(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// modules returns the modules that the folder's programs serve.
func (f folder) modules(t *testing.T) (names []string, err error) {
	t.Helper()
	manifests, err := f.Host.Describe(t.Context())
	for _, m := range manifests {
		if m.Module != "LiveAPI" { // the host's own
			names = append(names, m.Module)
		}
	}
	return names, err
}

// Only the program with the module's name is started.
func TestRouterStartsTheProgramOfThatNameFirst(t *testing.T) {
	r, started := folderOf(t, map[string][]string{"a": {"A"}, "twofactorauth": {"TwoFactorAuth"}, "z": {"Z"}})
	result := r.ask(t, "TwoFactorAuth", "f")
	if result.Status != 1 || !slices.Equal(*started, []string{"twofactorauth"}) {
		t.Errorf("got %+v; started %v", result, *started)
	}
}

// W16: the program says which modules it serves; its file name does not.
func TestW16RouterBelievesPrograms(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"email": {"Park"}, "several": {"Email", "Quota"}})
	for module, program := range map[string]string{"Park": "email", "Email": "several", "Quota": "several"} {
		if result := r.ask(t, module, "f"); len(result.Messages) != 1 || result.Messages[0] != program {
			t.Errorf("%s: got %+v", module, result)
		}
	}
}

func TestW16RouterLeavesOutInvalidNames(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"../Email", "", "Good"}})
	if names, err := r.modules(t); err != nil || !slices.Equal(names, []string{"Good"}) {
		t.Errorf("got %q, %v", names, err)
	}
}

func TestTheFirstOfTwoProgramsKeepsTheName(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"Same"}, "b": {"Same"}})
	if _, err := r.modules(t); err != nil {
		t.Fatal(err)
	}
	if result := r.ask(t, "Same", "f"); result.Messages[0] != "a" {
		t.Errorf("got %+v", result)
	}
}

// Which of two programs serves a module does not depend on the first call.
func TestTheProgramOfThatNameHasPrecedence(t *testing.T) {
	programs := map[string][]string{"aaa": {"Aaa", "Probe"}, "probe": {"Probe", "Zzz"}}
	for _, first := range []string{"Probe", "Aaa", "Zzz", "Nobody", ""} {
		var log strings.Builder
		r, _ := folderOf(t, programs)
		r = newFolder(t, Config{Folder: r.cfg.Folder, Start: r.cfg.Start, Log: hclog.New(&hclog.LoggerOptions{Output: &log})})
		if first == "" {
			r.modules(t)
		} else {
			r.ask(t, first, "f")
		}
		for range 2 {
			if result := r.ask(t, "Probe", "f"); !slices.Equal(result.Messages, []string{"probe"}) {
				t.Errorf("after a call of %q: %+v", first, result)
			}
			r.modules(t)
		}
		if n := strings.Count(log.String(), "[WARN]  two programs serve the same module"); n != 1 ||
			!strings.Contains(log.String(), "/probe") || !strings.Contains(log.String(), "/aaa") {
			t.Errorf("after a call of %q the log has:\n%s", first, log.String())
		}
	}
}

// A module whose own program is broken is not served by another program.
func TestBrokenProgramKeepsItsName(t *testing.T) {
	for _, first := range []string{"Probe", "Aaa"} {
		r, _ := folderOf(t, map[string][]string{"aaa": {"Aaa", "Probe"}, "probe": nil})
		r.ask(t, first, "f")
		if result := r.ask(t, "Probe", "f"); result.Status != 0 || !strings.Contains(result.Errors[0], "probe is broken") {
			t.Errorf("after a call of %s: %+v", first, result)
		}
	}
}

func TestUnknownModuleAndFunction(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"A"}})
	result := r.ask(t, "Nowhere", "f")
	if result.Status != 0 || !strings.Contains(result.Errors[0], "Can't locate Cpanel/API/Nowhere.pm in @INC") {
		t.Errorf("got %+v", result)
	}
	result = r.ask(t, "A", "g")
	if result.Status != 0 || result.Errors[0] != "The system could not find the function “g” in the module “A”." {
		t.Errorf("got %+v", result)
	}
	if result = r.askOf(t, protocol.API2, "A", "f"); result.Status != 0 {
		t.Errorf("a UAPI function was called through API 2: %+v", result)
	}
}

// A module whose own program is broken is not reported as unknown, because callers
// would fall back to something else.
func TestBrokenProgramIsNotAnUnknownModule(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"email": nil, "a": {"A"}})
	result := r.ask(t, "Email", "f")
	if !strings.HasPrefix(result.Errors[0], "Email::f gave no result: ") || !strings.Contains(result.Errors[0], "email is broken. The call had no effect") {
		t.Errorf("got %q", result.Errors)
	}
	// Other modules still work.
	if result := r.ask(t, "A", "f"); result.Status != 1 {
		t.Errorf("got %+v", result)
	}
	if names, err := r.modules(t); err == nil || !slices.Equal(names, []string{"A"}) {
		t.Errorf("the list hides a broken program: %q, %v", names, err)
	}
}

func TestNewProgramIsFound(t *testing.T) {
	r, _ := folderOf(t, map[string][]string{"a": {"A"}, "b": {"B"}})
	late := filepath.Join(r.cfg.Folder, "b")
	if err := os.Rename(late, filepath.Join(filepath.Dir(r.cfg.Folder), "b")); err != nil {
		t.Fatal(err)
	}
	clock := time.Now()
	r.cfg.Now = func() time.Time { return clock }
	if result := r.ask(t, "B", "f"); result.Status != 0 {
		t.Fatalf("got %+v", result)
	}
	if err := os.Rename(filepath.Join(filepath.Dir(r.cfg.Folder), "b"), late); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(rescanPause)
	if result := r.ask(t, "B", "f"); result.Status != 1 {
		t.Errorf("got %+v", result)
	}
}
