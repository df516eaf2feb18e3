package reference_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"liveapi.host/host/reference"
	"liveapi.host/protocol"
)

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWriteFolderRemovesItsOwnOldPagesOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for", "it")
	old := protocol.Manifest{Module: "Old", Doc: "Was here."}
	if err := reference.New([]protocol.Manifest{shop(), old}).WriteFolder(dir, true); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "NOTES.md"), "# Mine\n")
	put(t, filepath.Join(dir, "data.json"), "{}\n")
	now := reference.New([]protocol.Manifest{shop()})
	if err := now.WriteFolder(dir, false); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{"NOTES.md", "Old.md", "README.md", "Shop.md", "data.json", "openapi.json"}; !slices.Equal(
		got,
		want,
	) {
		t.Errorf("a part of the reference leaves %q, want %q", got, want)
	}
	if err := now.WriteFolder(dir, true); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{"NOTES.md", "README.md", "Shop.md", "data.json", "openapi.json"}; !slices.Equal(got, want) {
		t.Errorf("the whole reference leaves %q, want %q", got, want)
	}
}

func TestWriteFolderReplacesNoFileOfOthers(t *testing.T) {
	for _, name := range []string{"README.md", "Shop.md", "openapi.json"} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, name), "mine")
		if err := reference.New([]protocol.Manifest{shop()}).WriteFolder(dir, true); err == nil {
			t.Errorf("%s was replaced", name)
		}
		if text, _ := os.ReadFile(filepath.Join(dir, name)); string(text) != "mine" || len(names(t, dir)) != 1 {
			t.Errorf("%s: %q is in the folder, and it has %q", name, text, names(t, dir))
		}
	}
}

// A module whose page would replace the index has another page; a module whose name
// is a path has no page.
func TestW16NamesOfPages(t *testing.T) {
	dir := t.TempDir()
	var manifests []protocol.Manifest
	for _, name := range []string{"README", "../Up", "a/b", "", "lower", "cPAddons"} {
		manifests = append(manifests, protocol.Manifest{Module: name, Doc: "A module."})
	}
	if err := reference.New(manifests).WriteFolder(dir, true); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{"README-module.md", "README.md", "cPAddons.md", "openapi.json"}; !slices.Equal(got, want) {
		t.Errorf("the files are %q, want %q", got, want)
	}
}
