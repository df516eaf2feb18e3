package keys

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	keyFileTitle   = "liveapi keys 1"
	keyFileUse     = "xchacha20-poly1305"
	keyFileWrapped = "kms-wrapped"
	maxKeyFile     = 1 << 16 // bytes
)

// keyEntry is a line of a key file that has a key. It prints as its id.
type keyEntry struct {
	id      keyID
	wrapped bool
	secret  []byte // the key, or the wrapped key from the KMS
}

// Format implements [fmt.Formatter]: no format prints a key.
func (e keyEntry) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[key %s]", e.id) }

func (e keyEntry) line() string {
	use := keyFileUse
	if e.wrapped {
		use = keyFileWrapped
	}
	return e.id.String() + " " + use + " " + base64.RawURLEncoding.EncodeToString(e.secret)
}

// aead returns the cipher of the entry's key.
func (e keyEntry) aead(ctx context.Context, kms AEAD) (cipher.AEAD, error) {
	key := e.secret
	if e.wrapped {
		var err error
		if key, err = unwrap(ctx, kms, e.id, e.secret); err != nil {
			return nil, err
		}
	}
	return chacha20poly1305.NewX(key)
}

// parseKeys reads a key file; its errors name lines and never quote them. There
// is at least one entry, and the last one seals.
func parseKeys(content []byte) ([]keyEntry, error) {
	if !bytes.HasSuffix(content, []byte("\n")) {
		return nil, errors.New("its end is missing")
	}
	var entries []keyEntry
	for i, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if i == 0 {
			if line != keyFileTitle {
				return nil, fmt.Errorf("its first line must be %q", keyFileTitle)
			}
			continue
		}
		if !holdsKey(line) {
			continue
		}
		entry, err := parseKey(line)
		if err == nil && slices.ContainsFunc(entries, func(e keyEntry) bool { return e.id == entry.id }) {
			err = errors.New("its id is used twice")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 {
		return nil, errors.New("it has no key")
	}
	return entries, nil
}

// holdsKey reports whether a line below the title is neither a comment nor empty.
func holdsKey(line string) bool { return line != "" && line[0] != '#' }

func parseKey(line string) (keyEntry, error) {
	fields := strings.Split(line, " ")
	if len(fields) != 3 || len(fields[0]) != 8 || fields[1] != keyFileUse && fields[1] != keyFileWrapped {
		return keyEntry{}, fmt.Errorf("it must be an id of 8 hexadecimal digits, %q or %q, and a key", keyFileUse, keyFileWrapped)
	}
	id, err := parseKeyID(fields[0])
	if err != nil {
		return keyEntry{}, err
	}
	entry := keyEntry{id: id, wrapped: fields[1] == keyFileWrapped}
	entry.secret, err = base64.RawURLEncoding.Strict().DecodeString(fields[2])
	switch {
	case !entry.wrapped && (err != nil || len(entry.secret) != chacha20poly1305.KeySize):
		return keyEntry{}, fmt.Errorf("its key must be %d bytes in base64 without padding", chacha20poly1305.KeySize)
	case err != nil || len(entry.secret) == 0 || len(entry.secret) > maxWrapped:
		return keyEntry{}, fmt.Errorf("its wrapped key must be 1 to %d bytes in base64 without padding", maxWrapped)
	}
	return entry, nil
}

func parseKeyID(text string) (keyID, error) {
	id, err := strconv.ParseUint(text, 16, 32)
	if err != nil || keyID(id).String() != text {
		return 0, errors.New("its id must be 8 hexadecimal digits in lower case")
	}
	return keyID(id), nil
}

// openKeyFile opens and reads the file at path, if it belongs to uid and only its
// owner may use it. A file that the system provides may belong to root and be readable
// for its group: systemd gives the service's user access to a credential by an access
// list, which shows up in the group's bits.
func openKeyFile(path string, uid int, provided bool) (_ *os.File, content []byte, err error) {
	// With O_NONBLOCK, opening a named pipe does not block.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	forbidden := fs.FileMode(0o077)
	if provided {
		forbidden = 0o027
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("it is not a regular file")
	case !ok || int(owner.Uid) != uid && !(provided && owner.Uid == 0):
		return nil, nil, fmt.Errorf("it belongs to another user than uid %d, who could read and replace the keys: run \"chown %d %s\" as "+
			"root if you trust its content", uid, uid, path)
	case info.Mode().Perm()&forbidden != 0:
		return nil, nil, fmt.Errorf("its mode is %04o, so others may use the keys: run \"chmod 600 %s\", and make new keys if another "+
			"user may have read it", info.Mode().Perm(), path)
	case info.Size() > maxKeyFile:
		return nil, nil, fmt.Errorf("it has more than %d bytes", maxKeyFile)
	}
	content, err = io.ReadAll(io.LimitReader(f, maxKeyFile))
	return f, content, err
}
