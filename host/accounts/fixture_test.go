package accounts_test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"liveapi.host/host/accounts"
	"liveapi.host/protocol"
)

// example is a file with every key.
const example = `# An account, as docs/operating.md shows it.
domain: example.com
root: public_html
addon_domains:
  shop.test: {root: shop, subdomain: shop}
  other.test:
sub_domains:
  blog.example.com: {root: blog}
  a.b.shop.test: {root: /srv/ab/}
  c.example.net: {}
parked_domains: [example.net, Example.ORG]
features: {only: [fileman, ssl], except: [ssl]}
demo: true
reseller: true
owner: root
plan: small
ip: 192.0.2.1
locale: pt_br
theme: plain
contact: [ann@example.com, ops@example.net]
`

// fixture is a source with its own folder and user database.
type fixture struct {
	folder  string
	users   string
	source  *accounts.Source
	ahead   atomic.Int64 // of the clock
	changes int
}

// newFixture returns a fixture with an empty folder that is trusted.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	base := t.TempDir()
	f := &fixture{folder: filepath.Join(base, "accounts"), users: filepath.Join(base, "passwd")}
	must(t, os.Mkdir(f.folder, 0o755))
	f.passwd(t, "")
	f.source = accounts.New(f.folder, accounts.NewPasswd(f.users, f.now), f.now)
	return f
}

func (f *fixture) now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// age moves the clock forward, so that files seem old and are only read again when
// their signature changes.
func (f *fixture) age() { f.ahead.Store(int64(time.Hour)) }

func (f *fixture) path(name string) string { return filepath.Join(f.folder, name+".yaml") }

// write replaces the content of an account's file, in place.
func (f *fixture) write(t testing.TB, name, text string) {
	t.Helper()
	must(t, os.WriteFile(f.path(name), []byte(text), 0o644))
	must(t, os.Chmod(f.path(name), 0o644)) // whatever the umask is
	f.touch(t, f.path(name))
}

func (f *fixture) passwd(t testing.TB, text string) {
	t.Helper()
	must(t, os.WriteFile(f.users, []byte(text), 0o644))
	f.touch(t, f.users)
}

// touch gives a file a modification time that it did not have before, also within
// one tick of the kernel.
func (f *fixture) touch(t testing.TB, path string) {
	t.Helper()
	f.changes++
	at := time.Now().Add(time.Duration(f.changes) * time.Microsecond)
	must(t, os.Chtimes(path, at, at))
}

func (f *fixture) account(t testing.TB, name string) *protocol.Account {
	t.Helper()
	a, err := f.source.Account(t.Context(), name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
