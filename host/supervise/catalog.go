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

// catalog remembers on disk what the programs of modules serve, so that a host
// that has just started knows it without starting them all: for names that nobody
// serves, for completion and for the reference. What it says of a program is only
// believed until that program runs, and never decides whether a call may be made.
// Its zero value remembers nothing.
type catalog struct {
	path     string // of the file; "": none
	log      hclog.Logger
	read     bool
	programs map[string]catalogEntry // by their files
}

// catalogForm is the version of the file's form.
const catalogForm = 2 // 2: the one form of manifests

type catalogFile struct {
	Form     int                     `json:"form"`
	Programs map[string]catalogEntry `json:"programs"`
}

type catalogEntry struct {
	State     fileState           `json:"state"`
	Manifests []protocol.Manifest `json:"manifests"`
}

// fileState tells whether a file is still the one that it was.
type fileState struct {
	Device, Inode    uint64
	Size             int64
	Modified, Change int64 // ns
}

func stateOf(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	s := info.Sys().(*syscall.Stat_t)
	return fileState{uint64(s.Dev), s.Ino, s.Size, s.Mtim.Nano(), s.Ctim.Nano()}, nil
}

// load reads the file, once. One that cannot be used is made anew.
func (c *catalog) load() {
	if c.read || c.path == "" {
		return
	}
	c.read = true
	file, err := readCatalog(c.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.log.Debug("what modules serve is found out anew", "file", c.path, "error", err)
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
		return catalogFile{}, fmt.Errorf("its form is %d, not %d", file.Form, catalogForm)
	}
	return file, nil
}

// manifests is what a program served when it last ran; ok is false when it never
// did, or the file has changed.
func (c *catalog) manifests(program string) (manifests []protocol.Manifest, ok bool) {
	c.load()
	entry, ok := c.programs[program]
	if !ok {
		return nil, false
	}
	now, err := stateOf(program)
	return entry.Manifests, err == nil && now == entry.State
}

// remember writes down what a program serves. Of two hosts that write at the same
// time, one may undo what the other has added; it is then found out anew.
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
		c.log.Debug("what a module serves was not written down", "file", c.path, "program", program, "error", err)
	}
}

// writeCatalog replaces the file at once, so that nobody reads half of it.
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
	defer os.Remove(next.Name()) // when it could not be put in place
	_, err = next.Write(text)
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), path)
}
