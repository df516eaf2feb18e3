package keys

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"liveapi.host/host/store/internal/files"
)

// keySet has the keys from one reading of a key file, and the open file, which may
// have been renamed or removed since.
type keySet struct {
	newest  keyID
	byID    map[keyID]cipher.AEAD
	unwraps map[string]cipher.AEAD // by the line
	file    *os.File
	state   signature
	durable atomic.Bool // the file and its name survive a power cut

	mu         sync.Mutex
	underWay   int  // records that were sealed from it and are not stored yet
	superseded bool // a later reading has replaced it
}

// newKeySet returns the keys in content, which is the content of file. before may be
// nil.
func newKeySet(ctx context.Context, file *os.File, content []byte, kms AEAD, before *keySet) (*keySet, error) {
	entries, err := parseKeys(content)
	if err != nil {
		return nil, fmt.Errorf("%w; restore a copy of it", err)
	}
	k := &keySet{byID: map[keyID]cipher.AEAD{}, unwraps: map[string]cipher.AEAD{}, file: file}
	for _, entry := range entries {
		var aead cipher.AEAD
		if before != nil {
			aead = before.unwraps[entry.line()]
		}
		if aead == nil {
			if aead, err = entry.aead(ctx, kms); err != nil {
				return nil, err
			}
		}
		if entry.wrapped {
			k.unwraps[entry.line()] = aead
		}
		k.newest, k.byID[entry.id] = entry.id, aead
	}
	var s unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &s); err != nil {
		return nil, err
	}
	k.state = signatureOf(&s)
	if int64(len(content)) != k.state.size {
		return nil, errors.New("it changed while it was read; try again")
	}
	return k, nil
}

// Format implements [fmt.Formatter]: no format prints a key.
func (k *keySet) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[%d keys]", len(k.byID)) }

// in reports whether the file at path is still the file that was read.
func (k *keySet) in(path string) bool {
	now, err := look(path)
	return err == nil && now == k.state
}

// lock makes processes that want to replace the file wait until release. It reports
// false when the file was replaced already.
func (k *keySet) lock() (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.superseded && k.underWay == 0 {
		return false, nil // it is closed
	}
	if k.underWay == 0 {
		err := files.Flock(k.file, unix.LOCK_SH)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, nil // only a process that has replaced the file locks it exclusively
		}
		if err != nil {
			return false, err
		}
	}
	k.underWay++
	return true, nil
}

func (k *keySet) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.underWay--; k.underWay > 0 {
		return
	}
	if k.superseded {
		k.file.Close() // this also unlocks it
		return
	}
	files.Flock(k.file, unix.LOCK_UN) // fails for no open file
}

// supersede closes the file as soon as every record that was sealed from it is stored.
func (k *keySet) supersede() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.superseded && k.underWay == 0 {
		k.file.Close() // nothing was written to it
	}
	k.superseded = true
}

// sync makes sure, once, that the key that seals survives a power cut: the process
// that made the file may have ended before its own sync.
func (k *keySet) sync(dir string, provided bool) error {
	if provided || k.durable.Load() {
		return nil
	}
	if err := errors.Join(k.file.Sync(), files.SyncFolder(dir)); err != nil {
		return err
	}
	k.durable.Store(true)
	return nil
}
