package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/store/internal/files"
)

// Key is what may be known of a key.
type Key struct {
	ID      string // 8 hexadecimal digits
	Seals   bool   // what is stored from now on; the others only open
	Wrapped bool   // by a KMS
}

// ErrNoKeyFile is the error of [KeyRing.List] when there is no file: the first
// record that is stored makes it.
var ErrNoKeyFile = errors.New("there is no key file yet; the first record that is stored makes it")

// List returns the keys of the file as it is now, in its order: the last one
// seals. It makes no file, and asks no KMS.
func (r *KeyRing) List() ([]Key, error) {
	f, content, err := openKeyFile(r.path, os.Geteuid(), r.provided)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key file %s: %w", r.path, ErrNoKeyFile)
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

// Add makes a new key, which seals from now on, or with standby one that only
// opens until [KeyRing.Promote]. When it returns, no process of this machine
// seals with another key any more, nor is a record under way that one has sealed. Where there is
// no file, its first key is the new one.
func (r *KeyRing) Add(ctx context.Context, standby bool) (id string, err error) {
	if _, err := r.List(); errors.Is(err, ErrNoKeyFile) && !r.provided {
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

// Promote makes a key of the file the one that seals, as [KeyRing.Add] does with
// a new one.
func (r *KeyRing) Promote(ctx context.Context, id string) error {
	return r.change(ctx, func(entries []keyEntry) ([]keyEntry, error) {
		at, err := theKey(entries, id)
		if err != nil {
			return nil, err
		}
		entry := entries[at]
		return append(slices.Delete(entries, at, at+1), entry), nil
	})
}

// remove takes out a key that does not seal, if check agrees.
func (r *KeyRing) remove(ctx context.Context, id string, check func() error) error {
	return r.change(ctx, func(entries []keyEntry) ([]keyEntry, error) {
		at, err := theKey(entries, id)
		if err != nil {
			return nil, err
		}
		if at == len(entries)-1 {
			return nil, fmt.Errorf("the key %s is the one that seals: make another with \"liveapi keys add\", then \"liveapi keys rekey\"", id)
		}
		if err := check(); err != nil {
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
		return 0, errors.New("a key is named by its 8 hexadecimal digits: \"liveapi keys list\" shows them")
	}
	if at := find(entries, id); at >= 0 {
		return at, nil
	}
	return 0, fmt.Errorf("there is no key %s in the file: \"liveapi keys list\" shows what there is", id)
}

// change replaces the key file by one with other entries, in one step, and
// returns when nothing is under way that was sealed from the old one. Comments
// stay; so do the mode, the owner and the group. The new file has been read, and
// its keys unwrapped, before it takes the old one's place.
func (r *KeyRing) change(ctx context.Context, edit func([]keyEntry) ([]keyEntry, error)) (err error) {
	if r.provided {
		return fmt.Errorf("key file %s is provided by the system: change what it is made from, with --key and that file, and start the service again", r.path)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("key file %s: %w", r.path, err)
		}
	}()
	unlock, err := r.Lock(ctx)
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
		return fmt.Errorf("the file was changed, but %w: look with \"liveapi keys list\" before you retire a key", err)
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

// replace puts a file with content into the place of old.
func (r *KeyRing) replace(ctx context.Context, path string, old *os.File, content []byte) (err error) {
	if len(content) > maxKeyFile {
		return fmt.Errorf("it would have more than %d bytes: retire keys that seal nothing any more", maxKeyFile)
	}
	info, err := old.Stat()
	if err != nil {
		return err
	}
	var s unix.Stat_t
	if err := unix.Fstat(int(old.Fd()), &s); err != nil {
		return err
	}
	// The lock is held: what is there was left by a command that was killed.
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
	if _, err := newKeys(ctx, f, written, r.kms, nil); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), os.Rename(name, path)); err != nil {
		return err
	}
	return files.SyncFolder(filepath.Dir(path))
}

// Lock keeps every other process from changing the keys, until unlock. It locks
// the folder of the key file, which must be there.
func (r *KeyRing) Lock(ctx context.Context) (unlock func(), err error) {
	path, err := filepath.EvalSymlinks(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = r.path, nil
	}
	if err != nil {
		return nil, err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if err := waitFor(ctx, folder, "another command changes the keys"); err != nil {
		folder.Close()
		return nil, err
	}
	return func() { folder.Close() }, nil
}

// longestLock is how long a command waits for a lock: longer than a call lives.
const longestLock = time.Minute

// waitFor locks f against everybody else, or says why not.
func waitFor(ctx context.Context, f *os.File, why string) error {
	bounded, cancel := context.WithTimeout(ctx, longestLock)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := files.Flock(f, unix.LOCK_EX)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-bounded.Done():
			timer.Stop()
			if err := ctx.Err(); err != nil {
				return err
			}
			return fmt.Errorf("%s, for %v now", why, longestLock)
		}
	}
}
