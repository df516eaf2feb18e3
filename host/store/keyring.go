package store

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeyRing holds the keys of [Sealed], from a file that only its owner may read.
// The newest key seals; every key opens what it sealed. A key that another
// process has added is found when a record names it.
//
// The file is text:
//
//	liveapi keys 1
//	# comment
//	9f3a04c1 xchacha20-poly1305 <43 characters of base64>
//
// one key a line, the newest last: its id, what it is for, and its 32 bytes in
// base64 without padding (RFC 4648 section 5). A KeyRing prints as its path, in
// every format.
type KeyRing struct {
	path    string
	random  io.Reader
	mu      sync.Mutex // held while the file is read
	keys    atomic.Pointer[keys]
	durable atomic.Bool // the file's name survives a power cut
}

// keys is what a key file holds. It does not change.
type keys struct {
	newest keyID
	byID   map[keyID]cipher.AEAD
}

const (
	keyFileTitle = "liveapi keys 1"
	keyFileUse   = "xchacha20-poly1305"
	maxKeyFile   = 1 << 16 // bytes
)

// NewKeyRing returns the key ring of a file without touching it: the file is
// read, or made, when the first record is sealed or opened. random is
// crypto/rand's Reader, or a fixed one in a test; it must be safe for
// concurrent use.
func NewKeyRing(path string, random io.Reader) *KeyRing {
	return &KeyRing{path: path, random: random}
}

// OpenKeyRing is [NewKeyRing] and [KeyRing.Load].
func OpenKeyRing(path string, random io.Reader) (*KeyRing, error) {
	r := NewKeyRing(path, random)
	if err := r.Load(); err != nil {
		return nil, err
	}
	return r, nil
}

// Load reads the key file, or makes it with one new key where there is none:
// mode 0600, synced, complete from the first moment that others can see it, so
// that processes which start at once agree on one key. It refuses a file that
// anyone but its owner may read or write, or that this user does not own. After
// a failure the next use tries again.
func (r *KeyRing) Load() error {
	_, err := r.load(nil)
	return err
}

// load returns the keys that are read already, unless they are seen: then it
// reads the file again.
func (r *KeyRing) load(seen *keys) (*keys, error) {
	if k := r.keys.Load(); k != nil && k != seen {
		return k, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.keys.Load(); k != nil && k != seen {
		return k, nil
	}
	content, err := readKeyFile(r.path, os.Geteuid())
	if errors.Is(err, fs.ErrNotExist) && seen == nil {
		if err := publish(r.path, r.write); err != nil {
			return nil, fmt.Errorf("key file %s cannot be made: %w", r.path, err)
		}
		r.durable.Store(true)
		content, err = readKeyFile(r.path, os.Geteuid())
	}
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", r.path, err)
	}
	k, err := parseKeys(content)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w; restore a copy of it", r.path, err)
	}
	r.keys.Store(k)
	return k, nil
}

// write writes a file with one new key.
func (r *KeyRing) write(name string) error {
	var id [4]byte
	var key [chacha20poly1305.KeySize]byte
	if _, err := io.ReadFull(r.random, id[:]); err != nil {
		return fmt.Errorf("no randomness: %w", err)
	}
	if _, err := io.ReadFull(r.random, key[:]); err != nil {
		return fmt.Errorf("no randomness: %w", err)
	}
	return writeNew(name, fmt.Appendf(nil, `%s
# Whoever reads this file and the store reads every secret in it. Without this
# file the store cannot be read by anyone: keep a copy, apart from the store's.
# One key a line, the newest last. The newest seals; the others only open.
%x %s %s
`, keyFileTitle, id, keyFileUse, base64.RawURLEncoding.EncodeToString(key[:])))
}

// readKeyFile reads the file at path if it belongs to uid and is for its owner
// only.
func readKeyFile(path string, uid int) ([]byte, error) {
	// A pipe in the file's place must not block.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case !ok || int(owner.Uid) != uid:
		return nil, fmt.Errorf("it belongs to someone else than uid %d, who could read and replace the keys: run \"chown %d %s\" as root if you trust what is in it", uid, uid, path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("its mode is %04o, so others may use the keys: run \"chmod 600 %s\", and make new keys if somebody may have read it", info.Mode().Perm(), path)
	case info.Size() > maxKeyFile:
		return nil, fmt.Errorf("it has more than %d bytes", maxKeyFile)
	}
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}

// parseKeys reads a key file; its errors name lines and never quote them.
func parseKeys(content []byte) (*keys, error) {
	if !bytes.HasSuffix(content, []byte("\n")) {
		return nil, errors.New("its end is missing")
	}
	k := &keys{byID: map[keyID]cipher.AEAD{}}
	for i, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if i == 0 {
			if line != keyFileTitle {
				return nil, fmt.Errorf("its first line must be %q", keyFileTitle)
			}
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		id, aead, err := parseKey(line)
		if err == nil && k.byID[id] != nil {
			err = errors.New("its id is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		k.newest, k.byID[id] = id, aead
	}
	if len(k.byID) == 0 {
		return nil, errors.New("it has no key")
	}
	return k, nil
}

func parseKey(line string) (keyID, cipher.AEAD, error) {
	fields := strings.Split(line, " ")
	if len(fields) != 3 || len(fields[0]) != 8 || fields[1] != keyFileUse {
		return 0, nil, fmt.Errorf("it must be an id of 8 hexadecimal digits, %q and a key", keyFileUse)
	}
	id, err := strconv.ParseUint(fields[0], 16, 32)
	if err != nil || keyID(id).String() != fields[0] {
		return 0, nil, errors.New("its id must be 8 hexadecimal digits in lower case")
	}
	key, err := base64.RawURLEncoding.Strict().DecodeString(fields[2])
	if err != nil || len(key) != chacha20poly1305.KeySize {
		return 0, nil, fmt.Errorf("its key must be %d bytes in base64 without padding", chacha20poly1305.KeySize)
	}
	aead, err := chacha20poly1305.NewX(key)
	return keyID(id), aead, err
}

// seal seals value for a record's key with the newest key.
func (r *KeyRing) seal(key string, value []byte) ([]byte, error) {
	k, err := r.load(nil)
	if err != nil {
		return nil, err
	}
	if !r.durable.Load() { // whoever made the file may not have got so far
		if err := syncFolder(filepath.Dir(r.path)); err != nil {
			return nil, fmt.Errorf("key file %s: %w", r.path, err)
		}
		r.durable.Store(true)
	}
	var nonce [chacha20poly1305.NonceSizeX]byte
	if _, err := io.ReadFull(r.random, nonce[:]); err != nil {
		return nil, fmt.Errorf("no randomness to seal with: %w", err)
	}
	return sealWith(k.byID[k.newest], k.newest, nonce[:], key, value), nil
}

// open opens what seal has sealed for the same key.
func (r *KeyRing) open(key string, box []byte) ([]byte, error) {
	id, err := sealedBy(box)
	if err != nil {
		return nil, err
	}
	k, err := r.load(nil)
	if err != nil {
		return nil, err
	}
	if k.byID[id] == nil {
		if k, err = r.load(k); err != nil {
			return nil, err
		}
	}
	aead := k.byID[id]
	if aead == nil {
		return nil, fmt.Errorf("it was sealed with the key %s, which is not in the key file %s: add that key from a copy of the file", id, r.path)
	}
	return openWith(aead, key, box)
}

// Format implements [fmt.Formatter]: no format prints a key.
func (r *KeyRing) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[key ring %s]", r.path) }
