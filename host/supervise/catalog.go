package supervise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"syscall"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/protocol"
)

// catalog stores on disk which modules each program serves, so that a new host
// need not start them all for an unknown name, for completion or for the
// reference. An entry counts only until its program runs, and never decides
// whether a call may be made. The zero value stores nothing.
type catalog struct {
	path     string // of the file; "": no file
	log      hclog.Logger
	read     bool
	programs map[string]catalogEntry // by the program's path
}

// catalogForm is the version of the file's format.
const catalogForm = 2 // 2: manifests as protocol.Manifest

type catalogFile struct {
	Form     int                     `json:"form"`
	Programs map[string]catalogEntry `json:"programs"`
}

type catalogEntry struct {
	State     fileState           `json:"state"`
	Manifests []protocol.Manifest `json:"manifests"`
}

// fileState is compared to see whether a file has changed.
type fileState struct {
	Device, Inode    uint64
	Size             int64
	Modified, Change int64  // ns
	Mode             uint32 // the clock of Change is coarse
}

func stateOf(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	s := info.Sys().(*syscall.Stat_t)
	return fileState{uint64(s.Dev), s.Ino, s.Size, s.Mtim.Nano(), s.Ctim.Nano(), s.Mode}, nil
}

// load reads the file, once. A file that cannot be used is rebuilt.
func (c *catalog) load() {
	if c.read || c.path == "" {
		return
	}
	c.read = true
	file, err := readCatalog(c.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Debug("the catalog of modules cannot be used and is rebuilt", "file", c.path, "error", err)
	}
	c.programs = file.Programs
}

func readCatalog(path string) (file catalogFile, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return file, err
	}
	if err := trusted(path); err != nil {
		return file, err
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return catalogFile{}, err
	}
	if file.Form != catalogForm {
		return catalogFile{}, fmt.Errorf("its format is version %d, not %d", file.Form, catalogForm)
	}
	return file, nil
}

// manifests returns what a program served when it last ran; ok is false when it
// has never run or its file has changed since.
func (c *catalog) manifests(program string) (manifests []protocol.Manifest, ok bool) {
	c.load()
	entry, ok := c.programs[program]
	if !ok {
		return nil, false
	}
	now, err := stateOf(program)
	return entry.Manifests, err == nil && now == entry.State
}

// remember stores what a program serves. When two hosts write at the same time,
// one entry may be lost; the next host then asks that program again.
func (c *catalog) remember(program string, manifests []protocol.Manifest) {
	if c.path == "" {
		return
	}
	c.load()
	who, err := stateOf(program)
	if known, ok := c.programs[program]; ok && err == nil && known.State == who && reflect.DeepEqual(known.Manifests, manifests) {
		return
	}
	if err == nil {
		file, readErr := readCatalog(c.path) // another host may have added to it
		if readErr != nil || file.Programs == nil {
			file.Programs = make(map[string]catalogEntry)
		}
		file.Form = catalogForm
		file.Programs[program] = catalogEntry{who, manifests}
		for path := range file.Programs {
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				delete(file.Programs, path)
			}
		}
		c.programs, c.read = file.Programs, true
		err = writeCatalog(c.path, file)
	}
	if err != nil {
		c.log.Debug("the catalog of modules could not be written", "file", c.path, "program", program, "error", err)
	}
}

// writeCatalog replaces the file atomically, so that nobody reads half of it.
func writeCatalog(path string, file catalogFile) error {
	text, err := json.Marshal(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), ".modules-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(next.Name()) // removes it when the rename fails
	_, err = next.Write(text)
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), path)
}
