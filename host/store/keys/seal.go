package keys

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"liveapi.host/host/store/internal/bounds"
)

// A sealed record, in bytes:
//
//	0       format, 1
//	1–4     key id, big endian
//	5–28    nonce, random
//	29–     ciphertext of XChaCha20-Poly1305, and its tag of 16 bytes
//
// The additional data is bytes 0–4 and the record's full key.
const (
	sealFormat   = 1
	sealHeader   = 1 + 4
	sealOverhead = sealHeader + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// Engines reserve exactly this number of bytes: otherwise one array has a negative length.
var (
	_ [bounds.Seal - sealOverhead]struct{}
	_ [sealOverhead - bounds.Seal]struct{}
)

// keyID names a key in its file and in each record that it sealed.
type keyID uint32

func (id keyID) String() string { return fmt.Sprintf("%08x", uint32(id)) }

var (
	errShort    = errors.New("it is too short for a sealed record")
	errFormat   = errors.New("its format is unknown; a newer liveapi may have written it")
	errNotValid = errors.New("it was changed, or belongs to another key, account or store")
)

// sealWith seals value with a nonce that must never be used again.
func sealWith(aead cipher.AEAD, id keyID, nonce []byte, key string, value []byte) []byte {
	box := make([]byte, 0, sealOverhead+len(value))
	box = append(box, sealFormat)
	box = binary.BigEndian.AppendUint32(box, uint32(id))
	box = append(box, nonce...)
	return aead.Seal(box, nonce, value, additional(box, key))
}

// sealedBy returns the key id of a sealed record.
func sealedBy(box []byte) (keyID, error) {
	switch {
	case len(box) < sealOverhead:
		return 0, errShort
	case box[0] != sealFormat:
		return 0, errFormat
	}
	return keyID(binary.BigEndian.Uint32(box[1:])), nil
}

// openWith opens a record that sealedBy has accepted. The value is never nil.
func openWith(aead cipher.AEAD, key string, box []byte) ([]byte, error) {
	nonce, text := box[sealHeader:sealHeader+chacha20poly1305.NonceSizeX], box[sealHeader+chacha20poly1305.NonceSizeX:]
	value, err := aead.Open(make([]byte, 0, len(text)), nonce, text, additional(box, key))
	if err != nil {
		return nil, errNotValid
	}
	return value, nil
}

func additional(box []byte, key string) []byte {
	return append(box[:sealHeader:sealHeader], key...)
}
