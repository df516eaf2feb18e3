package app

import (
	"os"
	"path/filepath"
	"testing"
)

// The setting sdk names the folder that has php and perl in it, or the folder sdk
// of a checkout, where they are in caller.
func TestLibrariesAreFoundInBothForms(t *testing.T) {
	tree := t.TempDir()
	for _, dir := range []string{"package/php", "checkout/caller/php", "both/php", "both/caller/php", "neither/caller"} {
		if err := os.MkdirAll(filepath.Join(tree, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(dir) != "php" {
			continue
		}
		if err := os.WriteFile(filepath.Join(tree, dir, "cpanel.php"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for given, want := range map[string]string{
		"package": "package", "checkout": "checkout/caller", "checkout/caller": "checkout/caller",
		"both": "both", "neither": "neither", "missing": "missing",
	} {
		if got := librariesIn(filepath.Join(tree, given)); got != filepath.Join(tree, want) {
			t.Errorf("the libraries of %s are looked for in %s, not in %s", given, got, want)
		}
	}
	if got := librariesIn(""); got != "" {
		t.Errorf("without a name they are looked for in %s", got)
	}
}
