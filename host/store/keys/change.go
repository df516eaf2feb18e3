package keys

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"liveapi.host/host/store/internal/files"
)

// Key describes a key without its secret.
type Key struct {
	ID      string // 8 hexadecimal digits
	Seals   bool   // it seals new records; the others only open
	Wrapped bool   // by a KMS
}

// ErrNoFile is the error of [Ring.List] and [Ring.Check] when there is no key file:
// storing the first record makes it.
var ErrNoFile = errors.New("there is no key file yet; it is made when the first record is stored")

// List returns the keys that are in the file now, in its order: the last one seals. It
// makes no file and calls no KMS.
func (r *Ring) List() ([]Key, error) {
	f, content, err := openKeyFile(r.path, os.Geteuid(), r.provided)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key file %s: %w", r.path, ErrNoFile)
	}
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", r.path, err)
	}
	defer f.Close()
	entries, err := parseKeys(content)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", r.path, err)
	}
	list := make([]Key, len(entries))
	for i, entry := range entries {
		list[i] = Key{ID: entry.id.String(), Seals: i == len(entries)-1, Wrapped: entry.wrapped}
	}
	return list, nil
}

// Check returns an error for a missing or invalid file. Like [Ring.List] it makes no
// file, as opening a record would, and calls no KMS.
func (r *Ring) Check() error {
	_, err := r.List()
	return err
}

// Add makes a new key, which seals from now on; with standby it only opens until
// [Ring.Promote]. When Add returns, every process of this machine seals with the new
// key, and every record that was sealed with another key is stored. When there is no
// file, Add makes it with the new key.
func (r *Ring) Add(ctx context.Context, standby bool) (id string, err error) {
	if _, err := r.List(); errors.Is(err, ErrNoFile) && !r.provided {
		if err := r.Load(ctx); err != nil {
			return "", err
		}
		list, err := r.List()
		if err != nil {
			return "", err
		}
		return list[len(list)-1].ID, nil
	}
	err = r.change(ctx, func(entries []keyEntry) ([]keyEntry, error) {
		for {
			entry, err := r.newKey(ctx)
			if err != nil {
				return nil, err
			}
			if find(entries, entry.id) >= 0 {
				continue
			}
			id = entry.id.String()
			if standby {
				return slices.Insert(entries, 0, entry), nil
			}
			return append(entries, entry), nil
		}
	})
	return id, err
}

// Promote makes a key of the file the one that seals, with the same guarantees as
// [Ring.Add].
func (r *Ring) Promote(ctx context.Context, id string) error {
	return r.change(ctx, func(entries []keyEntry) ([]keyEntry, error) {
		at, err := theKey(entries, id)
		if err != nil {
			return nil, err
		}
		entry := entries[at]
		return append(slices.Delete(entries, at, at+1), entry), nil
	})
}

// Remove removes a key from the file. It refuses the key that seals, and a key that is
// still needed, for which unused returns an error: without its key a record is lost.
// unused is called while no one else can change the keys.
func (r *Ring) Remove(ctx context.Context, id string, unused func() error) error {
	return r.change(ctx, func(entries []keyEntry) ([]keyEntry, error) {
		at, err := theKey(entries, id)
		if err != nil {
			return nil, err
		}
		if at == len(entries)-1 {
			return nil, fmt.Errorf("the key %s is the one that seals: make another with \"liveapi keys add\", then \"liveapi keys rekey\"",
				id)
		}
		if err := unused(); err != nil {
			return nil, err
		}
		return slices.Delete(entries, at, at+1), nil
	})
}

func find(entries []keyEntry, id keyID) int {
	return slices.IndexFunc(entries, func(e keyEntry) bool { return e.id == id })
}

func theKey(entries []keyEntry, text string) (int, error) {
	id, err := parseKeyID(text)
	if err != nil {
		return 0, errors.New("name a key by its 8 hexadecimal digits: \"liveapi keys list\" shows them")
	}
	if at := find(entries, id); at >= 0 {
		return at, nil
	}
	return 0, fmt.Errorf("there is no key %s in the file: \"liveapi keys list\" shows the keys", id)
}

// change replaces the key file atomically by one with other entries, and returns when
// every record that was sealed from the old file is stored. Comments, mode, owner and
// group stay. Before the new file replaces the old one, it has been read and its keys
// have been unwrapped.
func (r *Ring) change(ctx context.Context, edit func([]keyEntry) ([]keyEntry, error)) (err error) {
	if r.provided {
		return fmt.Errorf("key file %s is provided by the system: change the file that it is made from, named with --key, and restart "+
			"the service", r.path)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("key file %s: %w", r.path, err)
		}
	}()
	unlock, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	path, err := filepath.EvalSymlinks(r.path)
	if err != nil {
		return err
	}
	old, content, err := openKeyFile(path, os.Geteuid(), false)
	if err != nil {
		return err
	}
	defer old.Close()
	entries, err := parseKeys(content)
	if err != nil {
		return err
	}
	if entries, err = edit(entries); err != nil {
		return err
	}
	if err := r.replace(ctx, path, old, rewrite(content, entries)); err != nil {
		return err
	}
	if err := waitFor(ctx, old, "a process still stores a record that the old key has sealed"); err != nil {
		return fmt.Errorf("the file was changed, but %w: check with \"liveapi keys list\" before you retire a key", err)
	}
	return nil
}

// rewrite returns the file with other entries, below all of its comments.
func rewrite(content []byte, entries []keyEntry) []byte {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if i == 0 || !holdsKey(line) {
			b.WriteString(line + "\n")
		}
	}
	for _, entry := range entries {
		b.WriteString(entry.line() + "\n")
	}
	return []byte(b.String())
}

// replace replaces the file old by a file with content.
func (r *Ring) replace(ctx context.Context, path string, old *os.File, content []byte) (err error) {
	if len(content) > maxKeyFile {
		return fmt.Errorf("it would have more than %d bytes: retire keys that no record needs", maxKeyFile)
	}
	info, err := old.Stat()
	if err != nil {
		return err
	}
	var s unix.Stat_t
	if err := unix.Fstat(int(old.Fd()), &s); err != nil {
		return err
	}
	// This process has the lock, so an existing file is from a killed command.
	name := path + ".new"
	if err := os.RemoveAll(name); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(name)) }()
	if err := files.WriteNew(name, content); err != nil {
		return err
	}
	if err := errors.Join(os.Chown(name, int(s.Uid), int(s.Gid)), os.Chmod(name, info.Mode().Perm())); err != nil {
		return err
	}
	f, written, err := openKeyFile(name, os.Geteuid(), false)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := newKeySet(ctx, f, written, r.kms, nil); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), os.Rename(name, path)); err != nil {
		return err
	}
	return files.SyncFolder(filepath.Dir(path))
}
