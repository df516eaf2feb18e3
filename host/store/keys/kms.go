package keys

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// AEAD is authenticated encryption by a key management service, whose own key never
// leaves it. It wraps the keys in the file of a [Ring], see [WrappedBy].
//
// Both methods are safe for concurrent use and end with ctx. Open fails for a box that
// Seal has not made with the same additional data, which is not secret. Errors do not
// contain the plaintext.
type AEAD interface {
	Seal(ctx context.Context, plaintext, additional []byte) ([]byte, error)
	Open(ctx context.Context, box, additional []byte) ([]byte, error)
}

// The wrapped plaintext is the key's id in four bytes, big endian, and the key. So a
// service that returns other bytes than it was given is noticed before anything is
// sealed with them.
const wrappedSize = 4 + chacha20poly1305.KeySize

// maxWrapped is the largest size of a wrapped key, in bytes.
const maxWrapped = 8 << 10

var errNoKMS = errors.New("it is wrapped by a KMS, but no KMS is configured: set kms in the configuration")

// wrap returns a key, sealed by the service.
func wrap(ctx context.Context, kms AEAD, id keyID, key []byte) ([]byte, error) {
	plain := append(binary.BigEndian.AppendUint32(nil, uint32(id)), key...)
	box, err := kms.Seal(ctx, plain, wrapContext(id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the KMS does not wrap the key %s: %w", id, err)
	case len(box) == 0 || len(box) > maxWrapped:
		return nil, fmt.Errorf("the KMS returned %d bytes for the key %s; 1 to %d are allowed", len(box), id, maxWrapped)
	case bytes.Contains(box, key):
		return nil, fmt.Errorf("the KMS returned the key %s unencrypted", id)
	}
	return box, nil
}

// unwrap returns the key that wrap has wrapped.
func unwrap(ctx context.Context, kms AEAD, id keyID, box []byte) ([]byte, error) {
	if kms == nil {
		return nil, errNoKMS
	}
	plain, err := kms.Open(ctx, box, wrapContext(id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the KMS does not unwrap the key %s: %w", id, err)
	case len(plain) != wrappedSize || keyID(binary.BigEndian.Uint32(plain)) != id:
		return nil, fmt.Errorf("the KMS did not return the key %s: is it the KMS that wrapped it?", id)
	}
	return plain[4:], nil
}

// wrapContext returns the additional data, a line of text: a wrapped key under another
// id does not open.
func wrapContext(id keyID) []byte {
	return fmt.Appendf(nil, "%s %s %s", keyFileTitle, id, keyFileUse)
}
