package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// becomeLiveapi puts the program liveapi in the place of this process, under the
// name by which this one was called: it runs the same command and hosts by
// itself. It returns only when that cannot be.
//
// liveapi is looked for beside this program's real file, then where packages
// install it, and never on the PATH: root may be calling with someone else's.
func becomeLiveapi(name string) error {
	own, err := os.Executable()
	if err != nil {
		return fmt.Errorf("no host runs, and where this program lies cannot be found out: %w", err)
	}
	places := []string{filepath.Join(filepath.Dir(own), "liveapi"), "/usr/local/bin/liveapi", "/usr/bin/liveapi"}
	for _, path := range places {
		if !runnable(path, own) {
			continue
		}
		err := syscall.Exec(path, append([]string{name}, os.Args[1:]...), os.Environ())
		return fmt.Errorf("no host runs, and %s, which could be one, cannot be started: %w", path, err)
	}
	return fmt.Errorf("no host runs, and the program liveapi, which could be one, is not there (looked for: %s); start a host with liveapi serve", strings.Join(places, ", "))
}

// runnable reports whether path is a program other than this one, which would
// only come back to here.
func runnable(path, own string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return false
	}
	self, err := os.Stat(own)
	return err != nil || !os.SameFile(info, self)
}
