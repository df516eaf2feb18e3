package keys_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
)

// kmsRole as the first argument makes the test binary a KMS adapter. It is not an
// environment variable, because an adapter does not get our environment. The second
// argument is the folder of its state.
const kmsRole = "kms-adapter"

// runKMS is an adapter that seals with AES-256-GCM under the key in its folder. The
// file mode there, if it exists, names a fault to simulate. It appends each call to
// the file calls.
func runKMS(dir, what string) int {
	mode, _ := os.ReadFile(filepath.Join(dir, "mode"))
	calls, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 9
	}
	environment, _ := os.ReadFile("/proc/self/environ")
	arguments, _ := os.ReadFile("/proc/self/cmdline")
	fmt.Fprintf(calls, "%s %q %q\n", what, environment, arguments)
	in := bufio.NewReader(os.Stdin)
	additional, err := in.ReadBytes('\n')
	if err != nil {
		return 8
	}
	input, err := io.ReadAll(in)
	if err != nil {
		return 7
	}
	key, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		return 6
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return 5
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return 4
	}
	output := gcm.Seal(nil, nil, input, additional)
	if what == "open" {
		if output, err = gcm.Open(nil, nil, input, additional); err != nil {
			fmt.Fprintln(os.Stderr, "this was not sealed here")
			return 3
		}
	}
	switch string(mode) {
	case "down":
		fmt.Fprintln(os.Stderr, "connection refused\nsecond line")
		return 1
	case "hang":
		time.Sleep(time.Hour)
	case "silent":
		return 0
	case "large":
		output = make([]byte, 1<<20)
	case "wrong":
		output = bytes.Repeat([]byte("K"), 36)
	case "same":
		output = append([]byte("box"), input...)
	case "leak":
		fmt.Fprintf(os.Stderr, "panic: %x %s in: %x\n", output, base64.RawURLEncoding.EncodeToString(output), input)
		return 1
	case "leak raw":
		os.Stderr.Write(append(input, output...))
		return 1
	}
	os.Stdout.Write(output)
	return 0
}

// kms makes a folder with a new key for runKMS, and the adapter that uses it.
func kms(t testing.TB) (*keys.Adapter, string) {
	t.Helper()
	dir := t.TempDir()
	key := make([]byte, 32)
	rand.Read(key)
	writeFile(t, filepath.Join(dir, "key"), string(key))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &keys.Adapter{Command: []string{self, kmsRole, dir}}, dir
}

func adapterCalls(t testing.TB, dir string) []string {
	t.Helper()
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(calls), "\n"), "\n")
}

func TestAdapter(t *testing.T) {
	a, dir := kms(t)
	for _, plain := range []string{"x", "two\nlines", strings.Repeat("\x00\xff", 5000)} {
		box, err := a.Seal(t.Context(), []byte(plain), []byte("what it is for"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Open(t.Context(), box, []byte("what it is for")); err != nil || string(got) != plain {
			t.Errorf("%.20q became %.20q, %v", plain, got, err)
		}
		if _, err := a.Open(t.Context(), box, []byte("something else")); err == nil || !strings.Contains(err.Error(), "exit status 3: this was not sealed here") {
			t.Errorf("opened for something else: %v", err)
		}
	}
	t.Setenv("CANARY", "secret")
	if _, err := a.Seal(t.Context(), []byte("canary"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, call := range adapterCalls(t, dir) {
		if strings.Contains(call, "CANARY") || strings.Contains(call, "canary") || !strings.Contains(call, "LANG=C.UTF-8") {
			t.Errorf("environment and arguments: %s", call)
		}
	}
}

// A shell script can be an adapter: the shell's read takes only the first line of
// standard input.
func TestAdapterInShell(t *testing.T) {
	program := filepath.Join(t.TempDir(), "adapter")
	writeFile(t, program, `#!/bin/sh
set -eu
IFS= read -r context
case $1 in
seal) printf '%s\n' "$context"; exec base64 ;;
open) IFS= read -r sealed; [ "$sealed" = "$context" ] || exit 3; exec base64 -d ;;
esac
exit 2
`)
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	a := &keys.Adapter{Command: []string{program}}
	ring := keys.NewRing(filepath.Join(t.TempDir(), "keys"), rand.Reader, keys.WrappedBy(a))
	for range 20 { // keys with random bytes
		addKey(t, ring, false)
	}
	if err := ring.Load(t.Context()); err != nil {
		t.Error(err)
	}
	s := store.Sealed(newSQLite(t), ring)
	put(t, s, "a", "x")
	want(t, s, "a", "x")
}

// A faulty adapter gives an error that says what is wrong, within the timeout and
// without a secret.
func TestAdapterFailures(t *testing.T) {
	a, dir := kms(t)
	secret := strings.Repeat("K", 32)
	for mode, says := range map[string]string{
		"down": "exit status 1: connection refused", "silent": "it wrote nothing", "large": "more than 65536 bytes",
		"hang": "no response in 300ms", "leak": "[redacted]", "leak raw": "no text",
	} {
		writeFile(t, filepath.Join(dir, "mode"), mode)
		a.Timeout = 0
		if mode == "hang" {
			a.Timeout = 300 * time.Millisecond
		}
		_, err := a.Seal(t.Context(), []byte(secret), []byte("x"))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), a.Command[0]) {
			t.Errorf("%s: %v; want %q and the program", mode, err, says)
		}
		for _, form := range []string{"KKKK", "S0tL", "4b4b"} {
			if strings.Contains(err.Error(), form) {
				t.Errorf("%s: the error has the secret: %v", mode, err)
			}
		}
	}
	writeFile(t, filepath.Join(dir, "mode"), "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Seal(ctx, []byte("x"), []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v; want the deadline of the call", err)
	}
}

func TestAdapterOfOthersIsRefused(t *testing.T) {
	program := filepath.Join(t.TempDir(), "adapter")
	writeFile(t, program, "#!/bin/sh\ncat\n")
	if err := os.Chmod(program, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		command []string
		says    string
	}{
		{[]string{program}, "may be changed by others"},
		{[]string{"adapter"}, "absolute path"},
		{[]string{program + "s"}, "no such file"},
		{nil, "empty"},
	} {
		a := &keys.Adapter{Command: test.command}
		if _, err := a.Open(t.Context(), []byte("x"), []byte("x")); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v; want %q", test.command, err, test.says)
		}
	}
}

// Keys that a KMS wraps: the file contains no plain key, a host calls the KMS once, and
// all changes of keys work as with plain keys.
func TestWrappedKeys(t *testing.T) {
	a, dir := kms(t)
	engine, path := newSQLite(t), filepath.Join(t.TempDir(), "keys")
	ring := keys.NewRing(path, rand.Reader, keys.WrappedBy(a))
	host := store.Sealed(engine, keys.NewRing(path, rand.Reader, keys.WrappedBy(a)))
	put(t, host, "a", "x")
	first := ids(t, ring)[0]
	n := len(adapterCalls(t, dir))
	for i := range 20 {
		put(t, host, fmt.Sprintf("more-%d", i), "x")
	}
	if now := len(adapterCalls(t, dir)); now != n {
		t.Errorf("the KMS was asked %d times for records", now-n)
	}
	second := addKey(t, ring, true)
	if err := ring.Promote(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	put(t, host, "b", "x")
	if got := sealedBy(t, engine, "b"); got != second {
		t.Errorf("sealed by %s, want %s", got, second)
	}
	if report, err := store.Rekey(t.Context(), engine, ring, nil); err != nil || report.Sealed != 21 || len(report.Failed) > 0 {
		t.Errorf("Rekey: %+v, %v", report, err)
	}
	if err := store.Retire(t.Context(), engine, ring, first); err != nil {
		t.Error(err)
	}
	list, err := ring.List()
	if err != nil || len(list) != 1 || !list[0].Wrapped {
		t.Errorf("%+v, %v", list, err)
	}
	// Without the KMS the error says what is needed.
	if _, err := keys.OpenRing(t.Context(), path, rand.Reader); err == nil ||
		!strings.Contains(err.Error(), "set kms in the configuration") {
		t.Errorf("without a KMS: %v", err)
	}
	// Under another id, or with another KMS, it does not open.
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, strings.Replace(string(content), second, "00000000", 1))
	if _, err := keys.OpenRing(t.Context(), path, rand.Reader, keys.WrappedBy(a)); err == nil || !strings.Contains(err.Error(), "does not unwrap the key 00000000") {
		t.Errorf("under another id: %v", err)
	}
	writeFile(t, path, string(content))
	other, _ := kms(t)
	if _, err := keys.OpenRing(t.Context(), path, rand.Reader, keys.WrappedBy(other)); err == nil ||
		!strings.Contains(err.Error(), "does not unwrap") {
		t.Errorf("with another KMS: %v", err)
	}
}

// While a KMS is down calls are denied with the reason, no call waits longer than one
// call of the KMS, and the KMS is used as soon as it is back. A host that has its keys
// goes on.
func TestKMSDown(t *testing.T) {
	a, dir := kms(t)
	engine, path, mode := newSQLite(t), filepath.Join(t.TempDir(), "keys"), filepath.Join(dir, "mode")
	before := store.Sealed(engine, keys.NewRing(path, rand.Reader, keys.WrappedBy(a)))
	put(t, before, "a", "x")
	writeFile(t, mode, "down")
	after := store.Sealed(engine, keys.NewRing(path, rand.Reader, keys.WrappedBy(a)))
	unopened(t, after, "a", "the KMS does not unwrap the key")
	if _, err := after.Swap(t.Context(), "b", 0, []byte("x")); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("Swap: %v", err)
	}
	if _, err := keys.NewRing(path, rand.Reader, keys.WrappedBy(a)).Add(t.Context(), false); err == nil ||
		!strings.Contains(err.Error(), "does not wrap the key") {
		t.Errorf("Add: %v", err)
	}
	want(t, before, "a", "x")
	put(t, before, "b", "x")

	writeFile(t, mode, "hang")
	a.Timeout = 300 * time.Millisecond
	n, begin := len(adapterCalls(t, dir)), time.Now()
	errs := make(chan error)
	const callers = 20
	for range callers {
		go func() {
			_, err := after.Get(t.Context(), "a")
			errs <- err
		}()
	}
	for range callers {
		if err := <-errs; err == nil || !strings.Contains(err.Error(), "no response in 300ms") {
			t.Errorf("%v", err)
		}
	}
	if asked := len(adapterCalls(t, dir)) - n; asked > callers/2 {
		t.Errorf("%d callers at once asked the KMS %d times, for %v", callers, asked, time.Since(begin))
	}
	if err := os.Remove(mode); err != nil {
		t.Fatal(err)
	}
	a.Timeout = 0
	want(t, after, "a", "x")
}

// When a KMS returns other bytes than it was given, this is noticed before anything is
// sealed with them.
func TestKMSThatIsNotRight(t *testing.T) {
	a, dir := kms(t)
	path := filepath.Join(t.TempDir(), "keys")
	if err := keys.NewRing(path, rand.Reader, keys.WrappedBy(a)).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	mode := filepath.Join(dir, "mode")
	writeFile(t, mode, "wrong")
	if _, err := keys.OpenRing(t.Context(), path, rand.Reader, keys.WrappedBy(a)); err == nil ||
		!strings.Contains(err.Error(), "is it the KMS that wrapped it") {
		t.Errorf("other bytes: %v", err)
	}
	writeFile(t, mode, "same")
	if _, err := keys.OpenRing(t.Context(), path+"2", rand.Reader, keys.WrappedBy(a)); err == nil || !strings.Contains(err.Error(), "unencrypted") {
		t.Errorf("the key itself: %v", err)
	}
	if _, err := os.Stat(path + "2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}
