package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// becomeLiveapi replaces this process by the program liveapi, under the name of this
// program: liveapi runs the same command and is the host itself. becomeLiveapi
// returns only when this fails.
//
// It looks for liveapi in the folder of this program's real file, then where packages
// install it, and never on the PATH: root may have another user's PATH.
func becomeLiveapi(name string) error {
	own, err := os.Executable()
	if err != nil {
		return fmt.Errorf("no host runs, and the path of this program cannot be found: %w", err)
	}
	places := []string{filepath.Join(filepath.Dir(own), "liveapi"), "/usr/local/bin/liveapi", "/usr/bin/liveapi"}
	for _, path := range places {
		if !runnable(path, own) {
			continue
		}
		err := syscall.Exec(path, append([]string{name}, os.Args[1:]...), os.Environ())
		return fmt.Errorf("no host runs, and %s cannot be started to be the host: %w", path, err)
	}
	return fmt.Errorf("no host runs, and the program liveapi, which could be the host, is missing (looked for: %s); start a host with "+
		"liveapi serve", strings.Join(places, ", "))
}

// runnable reports whether path is a program, and not this one, which would only
// start itself again and again.
func runnable(path, own string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return false
	}
	self, err := os.Stat(own)
	return err != nil || !os.SameFile(info, self)
}
