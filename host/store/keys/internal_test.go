package keys

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"liveapi.host/host/store"
)

// Only root can give a file to another user, so the test checks its own file with the
// uid of another user.
func TestKeyFileOfAnotherOwnerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewRing(path, rand.Reader).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := openKeyFile(path, os.Geteuid()+1, false); err == nil || !strings.Contains(err.Error(), "belongs to another user") ||
		!strings.Contains(err.Error(), "chown") {
		t.Errorf("error is %v, want one that names the owner and says what to do", err)
	}
}

// A credential of systemd belongs to root; its group can read it when an access list
// gives the service's user access. No one else may read it, and no one may write it.
func TestProvidedKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := NewRing(path, rand.Reader).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]bool{0o400: true, 0o440: true, 0o600: true, 0o444: false, 0o404: false, 0o460: false,
		0o402: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		f, _, err := openKeyFile(path, os.Geteuid(), true)
		if (err == nil) != want {
			t.Errorf("mode %04o: %v", mode, err)
		}
		f.Close()
	}
	if err := os.Chmod(path, 0o440); err != nil {
		t.Fatal(err)
	}
	_, _, err := openKeyFile(path, os.Geteuid()+1, true)
	if os.Geteuid() == 0 && err != nil {
		t.Errorf("root's file for another user: %v", err)
	}
	if os.Geteuid() != 0 && err == nil {
		t.Error("a file of another user, who is not root, was taken")
	}
	ring := NewRing(path+".none", rand.Reader, Provided())
	if err := ring.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "no such credential") {
		t.Errorf("without a file: %v", err)
	}
	if _, err := os.Stat(path + ".none"); err == nil {
		t.Error("a file was made")
	}
	ring = NewRing(path, rand.Reader, Provided())
	if _, err := ring.Add(t.Context(), false); err == nil || !strings.Contains(err.Error(), "provided by the system") {
		t.Errorf("Add: %v", err)
	}
	if err := store.Retire(t.Context(), nil, ring, "00000000"); err == nil || !strings.Contains(err.Error(), "provided by the system") {
		t.Errorf("Retire: %v", err)
	}
}

// The format is fixed: records outlive the program that sealed them.
func TestSealedFormat(t *testing.T) {
	aead, err := chacha20poly1305.NewX(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	nonce := bytes.Repeat([]byte{9}, 24)
	box := sealWith(aead, 0x9f3a04c1, nonce, "M/a/n", []byte("value"))
	if sealOverhead != 45 || len(box) != 45+5 || !bytes.HasPrefix(box, append([]byte{1, 0x9f, 0x3a, 0x04, 0xc1}, nonce...)) {
		t.Errorf("%d bytes: %x", len(box), box)
	}
	value, err := aead.Open(nil, nonce, box[29:], []byte("\x01\x9f\x3a\x04\xc1M/a/n"))
	if err != nil || string(value) != "value" {
		t.Errorf("opened by hand: %q, %v", value, err)
	}
}

// FuzzOpenSealed checks that opening any stored bytes is an error or returns what was
// sealed for exactly this record key: if a record opens, sealing its value again makes
// the same bytes, and it opens for no other key.
func FuzzOpenSealed(f *testing.F) {
	const seeds = "testdata/fuzz/FuzzOpenSealed"
	if files, err := os.ReadDir(seeds); err != nil || len(files) == 0 {
		f.Fatalf("there are no seeds in %s: %v", seeds, err)
	}
	aead, err := chacha20poly1305.NewX(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "keys")
	line := "00000007 " + keyFileUse + " " + strings.Repeat("BwcH", 10) + "Bwc\n"
	if err := os.WriteFile(path, []byte(keyFileTitle+"\n"+line), 0o600); err != nil {
		f.Fatal(err)
	}
	ring, err := OpenRing(f.Context(), path, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key string, box []byte) {
		before := bytes.Clone(box)
		value, err := ring.Open(t.Context(), key, box)
		if !bytes.Equal(before, box) {
			t.Fatal("opening changed the record")
		}
		if err != nil {
			if value != nil {
				t.Fatal("both a value and an error")
			}
			return
		}
		if value == nil || len(value) != len(box)-sealOverhead {
			t.Fatalf("a value of %d bytes from %d", len(value), len(box))
		}
		if again := sealWith(aead, 7, box[5:29], key, value); !bytes.Equal(again, box) {
			t.Fatalf("sealed again it is %x", again)
		}
		if _, err := ring.Open(t.Context(), key+"x", box); err == nil {
			t.Fatal("it opens for another key")
		}
		box[len(box)-1] ^= 0x80
		if _, err := ring.Open(t.Context(), key, box); err == nil {
			t.Fatal("it opens although it was changed")
		}
	})
}

// FuzzKeyFile checks that a key file is refused or has a key, that its entries can be
// written and read again, and that no error quotes it.
func FuzzKeyFile(f *testing.F) {
	const seeds = "testdata/fuzz/FuzzKeyFile"
	if files, err := os.ReadDir(seeds); err != nil || len(files) == 0 {
		f.Fatalf("there are no seeds in %s: %v", seeds, err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		entries, err := parseKeys(content)
		if err == nil && len(entries) == 0 {
			t.Error("accepted without a key")
		}
		for _, entry := range entries {
			if again, err := parseKey(entry.line()); err != nil || again.id != entry.id || !bytes.Equal(again.secret, entry.secret) {
				t.Errorf("an entry that was written reads back differently: %v", err)
			}
		}
		if err != nil && bytes.Contains(content, []byte("BwcHBwcH")) && strings.Contains(err.Error(), "BwcHBwcH") {
			t.Errorf("the error quotes a key: %v", err)
		}
	})
}

// No part of a key ring prints a key, in any format and inside any other value.
func TestNoPartOfAKeyRingPrintsAKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	entry := keyEntry{id: 7, secret: bytes.Repeat([]byte("K"), 32)}
	if err := os.WriteFile(path, []byte(keyFileTitle+"\n"+entry.line()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := OpenRing(t.Context(), path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	k := ring.last.Load()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, value := range []any{ring, k, entry, &entry, []keyEntry{entry}, map[string]any{"k": k, "e": entry}, store.Sealed(nil, ring)} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	if out.Len() < 500 {
		t.Errorf("printed: %s", out.String())
	}
	for _, form := range []string{"KKKK", "S0tLS0tL", "4b4b4b4b", "4B4B4B4B", "75 75 75", "0x4b, 0x4b"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed as %q: %s", form, out.String())
		}
	}
}
