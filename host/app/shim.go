package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"liveapi.host/host/caller/exit"
)

// Shim is one link to a library: Path is the path that pages load, Target our file.
type Shim struct{ Path, Target string }

var errNoSDK = exit.Misusef("the PHP and Perl libraries are not found; name their folder with --sdk or LIVEAPI_SDK")

// Shims returns the links below a folder, "/" for the machine itself.
func (s *Settings) Shims(root string) ([]Shim, error) {
	if s.SDK == "" {
		return nil, errNoSDK
	}
	return []Shim{
		{filepath.Join(root, "usr/local/cpanel/php/cpanel.php"), filepath.Join(s.SDK, "php/cpanel.php")},
		{filepath.Join(root, "usr/local/cpanel/Cpanel/LiveAPI.pm"), filepath.Join(s.SDK, "perl/lib/Cpanel/LiveAPI.pm")},
	}, nil
}

// State reports whether our link is at the path, and what is there: "" for nothing.
func (s Shim) State() (ours bool, what string) {
	info, err := os.Lstat(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, ""
	case err != nil:
		return false, err.Error()
	case info.Mode()&fs.ModeSymlink == 0:
		return false, "a file that is not ours"
	}
	target, err := os.Readlink(s.Path)
	if err != nil {
		return false, err.Error()
	}
	return target == s.Target, "a link to " + target
}

// Install makes the link; made is false when it exists already. It replaces nothing.
func (s Shim) Install() (made bool, err error) {
	ours, what := s.State()
	if ours {
		return false, nil
	}
	if what != "" {
		return false, fmt.Errorf("%s is %s; it is not changed", s.Path, what)
	}
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o755); err != nil {
		return false, mayNot("make a folder", err)
	}
	if err := os.Symlink(s.Target, s.Path); err != nil { // fails when something was made there meanwhile
		return false, mayNot("make a link", err)
	}
	return true, nil
}

// Remove removes the link when it is ours, and the folders that Install made when they
// are empty; removed is false when there is no link.
func (s Shim) Remove() (removed bool, err error) {
	ours, what := s.State()
	switch {
	case what == "":
		return false, nil
	case !ours:
		return false, fmt.Errorf("%s is %s; it is not changed", s.Path, what)
	}
	if err := os.Remove(s.Path); err != nil {
		return false, mayNot("remove a link", err)
	}
	for dir, n := filepath.Dir(s.Path), 0; n < 2; dir, n = filepath.Dir(dir), n+1 {
		if os.Remove(dir) != nil {
			break
		}
	}
	return true, nil
}

func mayNot(what string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w; run it as root: sudo liveapi shims …", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
