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
// one key a line, the newest last: its id, what it is for, and its 32 bytes in
// base64 without padding (RFC 4648 section 5). A Ring prints as its path, in
// every format.
//
// Each sealing looks at the file (one stat) and reads it again when it has
// changed, so that nothing is sealed with a key that another process has replaced
// before. While a record is on its way to the store the file that it was sealed
// from is locked (flock, shared): [Ring.Add] and [Ring.Promote] return when
// nothing that the old key has sealed is on its way any more. Opening reads the
// file again for a key that is not known.
type Ring struct {
	path     string
	random   io.Reader
	provided bool
	kms      AEAD

	last    atomic.Pointer[keySet]
	turn    chan struct{} // held while the file is read
	failed  atomic.Int64  // how often that failed
	failure error         // of the one who holds turn: the last time
}

// Option changes how a [Ring] treats its file.
type Option func(*Ring)

// Provided is for a file that the system provides and only the system changes,
// such as a credential of systemd: it is never made or rewritten, may belong to
// root, and may be readable for its group.
func Provided() Option { return func(r *Ring) { r.provided = true } }

// WrappedBy has new keys wrapped by kms, and unwraps by it those that are, once
// for each reading of the file that finds them new.
func WrappedBy(kms AEAD) Option { return func(r *Ring) { r.kms = kms } }

// NewRing returns the key ring of a file without touching it: the file is
// read, or made, when the first record is sealed or opened. random is
// crypto/rand's Reader, or a fixed one in a test; it must be safe for
// concurrent use.
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

// Load reads the key file, or makes it with one new key where there is none:
// mode 0600, synced, complete from the first moment that others can see it, so
// that processes which start at once agree on one key. It refuses a file that
// anyone but its owner may read or write, or that this user does not own. After
// a failure the next use tries again.
func (r *Ring) Load(ctx context.Context) error {
	_, err := r.load(ctx, nil)
	return err
}

// load returns the keys that are read already, unless they are seen: then it
// reads the file again. Calls that wait while another's reading fails share that
// failure, so that a KMS which does not answer keeps them waiting once.
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

// read reads the file as it is now, taking over what was unwrapped before.
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
		return nil, errors.New("it has gone: restore a copy of it")
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
# Whoever reads this file and the store reads every secret in it. Without this
# file the store cannot be read by anyone: keep a copy, apart from the store's.
# One key a line, the newest last. The newest seals; the others only open.
%s
`, keyFileTitle, entry.line()))
}

// newKey makes a key, wrapped if there is a KMS.
func (r *Ring) newKey(ctx context.Context) (keyEntry, error) {
	var random [4 + chacha20poly1305.KeySize]byte
	if _, err := io.ReadFull(r.random, random[:]); err != nil {
		return keyEntry{}, fmt.Errorf("no randomness: %w", err)
	}
	id, err := parseKeyID(fmt.Sprintf("%x", random[:4]))
	entry := keyEntry{id: id, secret: random[4:]}
	if err == nil && r.kms != nil {
		entry.wrapped = true
		entry.secret, err = wrap(ctx, r.kms, id, entry.secret)
	}
	return entry, err
}

// rereads bounds how often one sealing reads a file that changes again and again.
const rereads = 10

// Seal seals value for a record's key with the newest key. The caller calls
// done when the record is stored, or will not be: until then whoever changes the
// keys waits.
func (r *Ring) Seal(ctx context.Context, key string, value []byte) (box []byte, done func(), err error) {
	k, err := r.hold(ctx)
	if err != nil {
		return nil, nil, err
	}
	var nonce [chacha20poly1305.NonceSizeX]byte
	if _, err := io.ReadFull(r.random, nonce[:]); err != nil {
		k.release()
		return nil, nil, fmt.Errorf("no randomness to seal with: %w", err)
	}
	return sealWith(k.byID[k.newest], k.newest, nonce[:], key, value), k.release, nil
}

// hold returns the keys that are in the file now, locked.
func (r *Ring) hold(ctx context.Context) (*keySet, error) {
	var seen *keySet
	for range rereads {
		k, err := r.load(ctx, seen)
		if err != nil {
			return nil, err
		}
		seen = k
		// Locked first, looked at then: whoever replaces the file waits for
		// this lock, or has replaced it before this look.
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
	return nil, fmt.Errorf("key file %s is being changed again and again", r.path)
}

// Open opens what [Ring.Seal] has sealed for the same record's key. The value is
// never nil. Errors hold nothing of it.
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
		return nil, fmt.Errorf("it was sealed with the key %s, which is not in the key file %s: add that key from a copy of the file", id, r.path)
	}
	return openWith(aead, key, box)
}

// SealedBy returns the id of the key that has sealed a record, of which nothing is
// opened; an error when it is not sealed, or in a way that is not known.
func (r *Ring) SealedBy(box []byte) (id string, err error) {
	by, err := sealedBy(box)
	if err != nil {
		return "", err
	}
	return by.String(), nil
}

// Current reports whether the key that seals now has sealed a record.
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
