package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"

	"liveapi.host/host/store/internal/files"
)

// Ring holds the keys that seal records, from a file that only its owner may read.
// The newest key seals; every key opens what it sealed.
//
// The file is text:
//
//	liveapi keys 1
//	# comment
//	9f3a04c1 xchacha20-poly1305 <43 characters of base64>
//	12c0ffee kms-wrapped <what the KMS made of the key, in base64>
//
// It has one key a line, the newest last: its id, its use, and its 32 bytes in base64
// without padding (RFC 4648 section 5). A Ring prints as its path, in every format.
//
// Each Seal checks the file (one stat) and reads it again when it has changed, so that
// nothing is sealed with a key that another process has already replaced. Until the
// record is stored, the file that it was sealed from is locked (flock, shared):
// [Ring.Add] and [Ring.Promote] return only when every record that the old key has
// sealed is stored. Open reads the file again for an unknown key.
type Ring struct {
	path     string
	random   io.Reader
	provided bool
	kms      AEAD

	last    atomic.Pointer[keySet]
	turn    chan struct{} // held while the file is read
	failed  atomic.Int64  // how often reading failed
	failure error         // the last failure; only for the holder of turn
}

// Option changes how a [Ring] treats its file.
type Option func(*Ring)

// Provided is for a file that only the system makes and changes, such as a credential
// of systemd. The Ring never writes it, and it may belong to root and be readable for
// its group.
func Provided() Option { return func(r *Ring) { r.provided = true } }

// WrappedBy uses kms to wrap new keys and to unwrap the wrapped keys of the file. A
// key is unwrapped once, when it is first read.
func WrappedBy(kms AEAD) Option { return func(r *Ring) { r.kms = kms } }

// NewRing returns the key ring of a file without touching it: the file is read, or
// made, when the first record is sealed or opened. random is crypto/rand's Reader, or
// a fixed one in a test; it must be safe for concurrent use.
func NewRing(path string, random io.Reader, options ...Option) *Ring {
	r := &Ring{path: path, random: random, turn: make(chan struct{}, 1)}
	for _, option := range options {
		option(r)
	}
	return r
}

// OpenRing is [NewRing] and [Ring.Load].
func OpenRing(ctx context.Context, path string, random io.Reader, options ...Option) (*Ring, error) {
	r := NewRing(path, random, options...)
	if err := r.Load(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Load reads the key file. When there is none it makes one with a new key: mode 0600,
// synced, and complete as soon as others can see it, so that processes that start at
// the same time use one key. It refuses a file that others than its owner may read or
// write, or that this user does not own. After a failure the next use tries again.
func (r *Ring) Load(ctx context.Context) error {
	_, err := r.load(ctx, nil)
	return err
}

// load returns the keys that are already read, unless these are seen: then it reads
// the file again. Calls that wait while another call's reading fails share its error,
// so that they wait only once for a KMS that does not respond.
func (r *Ring) load(ctx context.Context, seen *keySet) (*keySet, error) {
	if k := r.last.Load(); k != nil && k != seen {
		return k, nil
	}
	failed := r.failed.Load()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if k := r.last.Load(); k != nil && k != seen {
		return k, nil
	}
	if r.failed.Load() != failed {
		return nil, r.failure
	}
	k, err := r.read(ctx, seen)
	if err != nil {
		err = fmt.Errorf("key file %s: %w", r.path, err)
		if ctx.Err() == nil {
			r.failure = err
			r.failed.Add(1)
		}
		return nil, err
	}
	if seen != nil {
		seen.supersede()
	}
	r.last.Store(k)
	return k, nil
}

// read reads the present file and reuses keys that were unwrapped before.
func (r *Ring) read(ctx context.Context, before *keySet) (*keySet, error) {
	f, content, err := openKeyFile(r.path, os.Geteuid(), r.provided)
	if errors.Is(err, fs.ErrNotExist) && before == nil && !r.provided {
		if err := files.Publish(r.path, func(name string) error { return r.write(ctx, name) }); err != nil &&
			!errors.Is(err, files.ErrTaken) {
			return nil, fmt.Errorf("it cannot be made: %w", err)
		}
		f, content, err = openKeyFile(r.path, os.Geteuid(), r.provided)
	}
	if errors.Is(err, fs.ErrNotExist) && r.provided {
		return nil, errors.New("there is no such credential: name it in LoadCredential= or LoadCredentialEncrypted= of the service")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("it has disappeared: restore a copy of it")
	}
	if err != nil {
		return nil, err
	}
	k, err := newKeySet(ctx, f, content, r.kms, before)
	if err != nil {
		f.Close()
		return nil, err
	}
	return k, nil
}

// write writes a file with one new key.
func (r *Ring) write(ctx context.Context, name string) error {
	entry, err := r.newKey(ctx)
	if err != nil {
		return err
	}
	return files.WriteNew(name, fmt.Appendf(nil, `%s
# With this file and the store, every secret in the store can be read. Without this
# file no one can read the store: keep a copy, separate from backups of the store.
# One key a line, the newest last. The newest seals; the others only open.
%s
`, keyFileTitle, entry.line()))
}

// newKey makes a key, wrapped if there is a KMS.
func (r *Ring) newKey(ctx context.Context) (keyEntry, error) {
	var random [4 + chacha20poly1305.KeySize]byte
	if _, err := io.ReadFull(r.random, random[:]); err != nil {
		return keyEntry{}, fmt.Errorf("no random bytes: %w", err)
	}
	id, err := parseKeyID(fmt.Sprintf("%x", random[:4]))
	entry := keyEntry{id: id, secret: random[4:]}
	if err == nil && r.kms != nil {
		entry.wrapped = true
		entry.secret, err = wrap(ctx, r.kms, id, entry.secret)
	}
	return entry, err
}

// rereads is how often one Seal reads a file that keeps changing.
const rereads = 10

// Seal seals value for a record's key with the newest key. The caller calls done when
// the record is stored, or will not be: until then a change of the keys waits.
func (r *Ring) Seal(ctx context.Context, key string, value []byte) (box []byte, done func(), err error) {
	k, err := r.hold(ctx)
	if err != nil {
		return nil, nil, err
	}
	var nonce [chacha20poly1305.NonceSizeX]byte
	if _, err := io.ReadFull(r.random, nonce[:]); err != nil {
		k.release()
		return nil, nil, fmt.Errorf("no random bytes to seal with: %w", err)
	}
	return sealWith(k.byID[k.newest], k.newest, nonce[:], key, value), k.release, nil
}

// hold returns the keys that are in the file now, with the file locked.
func (r *Ring) hold(ctx context.Context) (*keySet, error) {
	var seen *keySet
	for range rereads {
		k, err := r.load(ctx, seen)
		if err != nil {
			return nil, err
		}
		seen = k
		// Lock first, then check: a process that replaces the file either waits for this
		// lock or has replaced the file before this check.
		switch locked, err := k.lock(); {
		case err != nil:
			return nil, fmt.Errorf("key file %s cannot be locked; keep it on a local file system: %w", r.path, err)
		case !locked:
			continue
		}
		if k.in(r.path) {
			err := k.sync(filepath.Dir(r.path), r.provided)
			if err == nil {
				return k, nil
			}
			k.release()
			return nil, fmt.Errorf("key file %s: %w", r.path, err)
		}
		k.release()
	}
	return nil, fmt.Errorf("key file %s keeps changing; try again", r.path)
}

// Open opens a box that [Ring.Seal] has made for the same record's key. The value is
// never nil. Errors do not contain it.
func (r *Ring) Open(ctx context.Context, key string, box []byte) ([]byte, error) {
	id, err := sealedBy(box)
	if err != nil {
		return nil, err
	}
	k, err := r.load(ctx, nil)
	if err == nil && k.byID[id] == nil && !k.in(r.path) {
		k, err = r.load(ctx, k)
	}
	if err != nil {
		return nil, err
	}
	aead := k.byID[id]
	if aead == nil {
		return nil, fmt.Errorf("it was sealed with the key %s, which is not in the key file %s: add that key from a copy of the file", id,
			r.path)
	}
	return openWith(aead, key, box)
}

// SealedBy returns the id of the key that has sealed a record, without opening it; an
// error when it is not sealed, or in an unknown format.
func (r *Ring) SealedBy(box []byte) (id string, err error) {
	by, err := sealedBy(box)
	if err != nil {
		return "", err
	}
	return by.String(), nil
}

// Current reports whether a record is sealed by the key that seals now.
func (r *Ring) Current(ctx context.Context, box []byte) (bool, error) {
	k, err := r.hold(ctx)
	if err != nil {
		return false, err
	}
	newest := k.newest
	k.release()
	id, err := sealedBy(box)
	return err == nil && id == newest, nil
}

// Format implements [fmt.Formatter]: no format prints a key.
func (r *Ring) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[key ring %s]", r.path) }
