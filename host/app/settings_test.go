package app

import (
	"os"
	"path/filepath"
	"testing"
)

// Both a folder of libraries and the sdk of a checkout are accepted.
func TestLibrariesOfACheckoutAndOfAPackage(t *testing.T) {
	checkout, installed := t.TempDir(), t.TempDir()
	for _, folder := range []string{filepath.Join(checkout, "caller", "php"), filepath.Join(installed, "php")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "cpanel.php"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]string{checkout: filepath.Join(checkout, "caller"), installed: installed, "nowhere": "nowhere", "": ""} {
		if got := libraries(folder); got != want {
			t.Errorf("%q stands for %q, want %q", folder, got, want)
		}
	}
}
