package supervise

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"liveapi.host/host/sys/trust"
)

// moduleFiles lists the programs of a modules folder, sorted by name. It skips
// hidden files and folders. It keeps files that cannot be trusted, so that the
// attempt to start one reports what is wrong with it.
func moduleFiles(folder string) ([]string, error) {
	if folder == "" {
		return nil, fmt.Errorf("no modules folder is set; use --modules, LIVEAPI_MODULES or the configuration file")
	}
	if err := trusted(folder); errors.Is(err, fs.ErrNotExist) {
		const text = "there is no modules folder; create it, or name another by --modules, LIVEAPI_MODULES or the configuration file: %w"
		return nil, fmt.Errorf(text, err)
	} else if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the modules folder: %w", err)
	}
	var files []string
	for _, e := range entries {
		if path := filepath.Join(folder, e.Name()); !strings.HasPrefix(e.Name(), ".") && !isFolder(path) {
			files = append(files, path)
		}
	}
	sort.Strings(files)
	return files, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// trusted refuses a file or folder that another user could have changed, because
// the host runs programs from there with its own rights.
func trusted(path string) error { return trust.Program(path) }
