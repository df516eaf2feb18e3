package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// namedFolder is a folder that the settings name, in contrast to a default.
type namedFolder struct {
	setting string
	path    *string
}

// missing returns an error for each of the settings whose folder was named and is not
// there. A default folder need not exist.
func (s *Settings) missing(settings ...string) (problems []error) {
	for _, folder := range s.named {
		if !slices.Contains(settings, folder.setting) {
			continue
		}
		if info, err := os.Stat(*folder.path); errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("%s: the folder %s does not exist; create it, or correct the setting",
				folder.setting, *folder.path))
		} else if err == nil && !info.IsDir() {
			problems = append(problems, fmt.Errorf("%s: %s is not a folder; correct the setting", folder.setting, *folder.path))
		}
	}
	return problems
}

// oddEnv returns an error for each part of module_env that has no effect.
func (s *Settings) oddEnv() (problems []error) {
	for _, program := range slices.Sorted(maps.Keys(s.ModuleEnv)) {
		if _, err := os.Stat(filepath.Join(s.Modules, program)); errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("module_env: there is no program %s in %s; write the name of the program's file",
				program, s.Modules))
		}
		if value, ok := s.ModuleEnv[program]["GOMAXPROCS"]; ok {
			if n, err := strconv.ParseInt(value, 10, 32); err != nil || n < 1 {
				problems = append(problems, fmt.Errorf("module_env: %s: GOMAXPROCS is %q and has no effect; write a whole number from 1",
					program, value))
			}
		}
	}
	return problems
}

// checkSettings looks for settings that have no effect and that no other check uses.
func (a *App) checkSettings(context.Context) (string, error) {
	text := a.config
	if _, err := os.Stat(a.config); err != nil {
		text = "no configuration file"
	}
	return text, errors.Join(append(a.missing("texts"), a.oddEnv()...)...)
}

// warn logs what is odd about the settings.
func (a *App) warn() {
	for _, problem := range append(a.missing("modules", "accounts", "texts"), a.oddEnv()...) {
		a.log.Warn("a setting has no effect", "error", problem)
	}
}
