package protocol_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Laws about the repository. They check files, not the behaviour of code.

const module = "liveapi.host/"

type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// packages lists the packages of this module.
func packages(t *testing.T) (list []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("only %d packages were found", len(list))
	}
	return list
}

// mayImport says which packages of this module each folder may import, besides those
// below it. The first folder that matches decides. Tests may import more.
var mayImport = []struct{ folder, imports string }{
	{"protocol/", `^protocol$|^protocol/internal/`},
	{"protocol", `^$`},
	{"sdk", `^protocol(/.*)?$|^sdk(/.*)?$`},
	{"host/call", `^protocol(/uapi|/liveapi)?$|^host/audit$`},                     // no door, no process, no engine
	{"host/door/", `^protocol(/uapi|/liveapi|/tags)?$|^host/call$|^host/sys/`},    // no other door
	{"host/supervise", `^protocol$|^host/call$|^host/sys/`},                       // no transport
	{"host/page", `^$`},                                                           //
	{"host/redact", `^protocol(/uapi|/liveapi)?$`},                                //
	{"host/reference", `^protocol(/uapi)?$`},                                      //
	{"host/audit", `^protocol$`},                                                  //
	{"host/texts", `^host/accounts/`},                                             // watches files, and reads them
	{"host/accounts", `^protocol$|^host/accounts/|^host/sys/`},                    //
	{"host/store/keys", `^host/store/internal/|^host/sys/`},                       // no records
	{"host/store/sqlite", `^protocol$|^host/store/internal/`},                     // no other engine, and no keys
	{"host/store/etcd", `^protocol$|^host/store/internal/`},                       //
	{"host/store/", `^protocol$`},                                                 // etcdtest, internal
	{"host/store", `^protocol$|^host/store/internal/`},                            // the layers import no engine
	{"host/sys/", `^$`},                                                           // facts of the system
	{"host/caller", `^protocol(/uapi|/liveapi)?$|^host/caller(/.*)?$|^host/sys/`}, // stays light
	{"host/cmd/", `^host/app$|^host/caller(/.*)?$`},
	{"host/app", `^protocol(/.*)?$|^host/(call|caller|door|supervise|page|redact|reference|audit|texts|accounts|store|sys)(/.*)?$`},
	{"host/bench", `^protocol(/.*)?$|^host/.*`}, // measures each part by itself
	{"host", `^$`}, // the map of what is below, and the tests of the whole
	{"plugins/cmd/", `^sdk$|^plugins/[a-z]+$`}, // which modules share a process
	{"plugins/twofactorauth/commands", `^sdk/caller$|^plugins/twofactorauth/migrate$`},
	{"plugins/internal/", `^sdk$`},                  // shared by modules, and not a module
	{"plugins/", `^sdk$|^plugins/internal/[a-z]+$`}, // no other module
	{"examples", `^sdk(/.*)?$`},
}

func TestImportRule(t *testing.T) {
	used := make(map[string]bool)
	for _, p := range packages(t) {
		rule := -1
		for i, r := range mayImport {
			folder := strings.TrimSuffix(r.folder, "/")
			if p.ImportPath == folder && folder == r.folder || strings.HasPrefix(p.ImportPath, folder+"/") {
				rule = i
				break
			}
		}
		if rule < 0 {
			t.Errorf("%s has no import rule: add its folder", p.ImportPath)
			continue
		}
		used[mayImport[rule].folder] = true
		allowed := regexp.MustCompile(mayImport[rule].imports)
		for _, path := range p.Imports {
			ours, is := strings.CutPrefix(path, module)
			if is && !allowed.MatchString(ours) && !strings.HasPrefix(ours, p.ImportPath+"/") {
				t.Errorf("%s imports %s; it may import %s", p.ImportPath, ours, mayImport[rule].imports)
			}
		}
	}
	for _, r := range mayImport {
		if !used[r.folder] {
			t.Errorf("%s has an import rule and no package: delete the rule", r.folder)
		}
	}
}

// Only host/app, which connects everything, imports the storage engines and the
// transport to module processes. The bench measures each of them separately.
func TestEnginesAndTransportAreJoinedOnce(t *testing.T) {
	technology := regexp.MustCompile(`^host/store/(etcd|sqlite)$|^protocol/modulerpc$`)
	for _, p := range packages(t) {
		if p.ImportPath == "host/app" || p.ImportPath == "host/bench" || !strings.HasPrefix(p.ImportPath, "host/") {
			continue
		}
		for _, path := range p.Imports {
			if ours, is := strings.CutPrefix(path, module); is && technology.MatchString(ours) {
				t.Errorf("%s imports %s; only host/app may", p.ImportPath, ours)
			}
		}
	}
}

// Only one package imports go-plugin and gRPC. The etcd client uses gRPC, and
// host/store/etcd needs two gRPC types: the state of a connection, to distinguish a
// record that was not sent from one that may have been written, and the metadata with
// the token of a call.
func TestTransportIsImportedOnce(t *testing.T) {
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			if (strings.HasPrefix(path, "github.com/hashicorp/go-plugin") || strings.HasPrefix(path, "google.golang.org/grpc")) &&
				!strings.HasPrefix(p.ImportPath, "protocol/modulerpc") &&
				!(p.ImportPath == "host/store/etcd" && (path == "google.golang.org/grpc/connectivity" || path == "google.golang.org/grpc/metadata")) {
				t.Errorf("%s imports %s; only protocol/modulerpc may", p.ImportPath, path)
			}
		}
	}
}

// sources returns the files that people write, by the ending of their names.
func sources(t *testing.T, endings ...string) (files []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || path == "../bin") {
			return filepath.SkipDir
		}
		for _, e := range endings {
			if !d.IsDir() && strings.HasSuffix(path, e) && !strings.HasSuffix(path, ".pb.go") {
				files = append(files, path)
			}
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFilesStayShort(t *testing.T) {
	for _, path := range sources(t, ".go", ".php", ".pm", ".pl") {
		if n := strings.Count(read(t, path), "\n"); n > 400 {
			t.Errorf("%s has %d lines; split it by idea", path, n)
		}
	}
}

// Links of the documentation lead to existing files, and to existing headings or
// anchors in them. A rule in brackets, such as [W14], has its link at the page's end.
func TestLinksOfTheDocs(t *testing.T) {
	link := regexp.MustCompile(`(?m)(?:\]\(|^\[[^]]+\]: )([^)#:\s]*)(?:#([^)\s]+))?(?:\)|$)`)
	rule := regexp.MustCompile(`\[[WUS](?: §)?\d+\]`)
	places := make(map[string]string) // the headings and anchors of a page, each between two blanks
	for _, path := range sources(t, ".md") {
		page := read(t, path)
		for _, cited := range rule.FindAllString(page, -1) {
			if !strings.Contains(page, "\n"+cited+": ") && !strings.Contains(page, cited+"(") {
				t.Errorf("%s has no link for %s", path, cited)
			}
		}
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			target := path
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(path), m[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
				continue
			}
			if m[2] == "" {
				continue
			}
			if places[target] == "" {
				places[target] = placesOf(read(t, target))
			}
			if !strings.Contains(places[target], " "+m[2]+" ") {
				t.Errorf("%s links to #%s in %s, which is not there", path, m[2], target)
			}
		}
	}
}

// placesOf returns the anchors of a page, and its headings in the form that links use.
func placesOf(page string) string {
	places := " "
	for _, m := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(page, -1) {
		places += m[1] + " "
	}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		words := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		places += strings.ReplaceAll(words, " ", "-") + " "
	}
	return places
}

// Commands that the README and the docs name exist.
func TestMakeTargetsOfTheDocs(t *testing.T) {
	makefile := read(t, "../Makefile")
	for _, path := range sources(t, ".md") {
		for _, m := range regexp.MustCompile("`make ([a-z]+)|(?m)^make ([a-z]+)").FindAllStringSubmatch(read(t, path), -1) {
			if target := m[1] + m[2]; !strings.Contains(makefile, "\n"+target+":") {
				t.Errorf("%s names `make %s`, which the Makefile does not have", path, target)
			}
		}
	}
}
